import { createPublicKey, type KeyObject } from 'node:crypto';
import { AuthenticationConstants } from 'botframework-connector';
import { JwtTokenExtractor } from 'botframework-connector/lib/auth/jwtTokenExtractor.js';
import { decodeProtectedHeader, jwtVerify } from 'jose';
import { channelIssuer, type TeamsAuth } from './create-adapter.ts';

/** As long as botbuilder lets clocks differ, s. */
const clockTolerance = 5 * 60;

/** Whether the token that a request carries is certainly wrong. Never rejects. */
export type TokenCheck = (authorization: string | undefined) => Promise<boolean>;

/**
 * Creates the check that keeps tokens with a wrong signature or an old date from botbuilder, which prints a key or a stack for each of them and so lets
 * anybody fill the log. What passes is still verified by botbuilder; the keys are those that botbuilder has read.
 */
export function createTokenCheck(auth: TeamsAuth): TokenCheck {
  if (auth.mode === 'off') return () => Promise.resolve(false);
  const url = auth.openIdMetadataUrl ?? AuthenticationConstants.ToBotFromChannelOpenIdMetadataUrl;
  const issuer = auth.tokenIssuer ?? channelIssuer;
  const algorithms = AuthenticationConstants.AllowedSigningAlgorithms.filter((name) => name);
  const { openIdMetadata } = new JwtTokenExtractor({ issuer }, url, algorithms);

  return async (authorization = '') => {
    const token = authorization.replace(/^Bearer /, '');
    const key = await findKey(token).catch(() => undefined);
    // Without the key nothing is known, and botbuilder refuses the token quietly.
    if (!key) return false;
    return jwtVerify(token, key, { issuer, algorithms, clockTolerance }).then(
      () => false,
      () => true,
    );
  };

  async function findKey(token: string): Promise<KeyObject | undefined> {
    const { kid } = decodeProtectedHeader(token);
    const found = kid === undefined ? undefined : await openIdMetadata.getKey(kid);
    return found ? createPublicKey(found.key) : undefined;
  }
}
