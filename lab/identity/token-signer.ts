import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';

/** Who a token is about; GUIDs. */
export type Principal = {
  readonly tenantId: string;
  readonly principalId: string;
  readonly clientId: string;
};

export type TokenSigner = {
  /** A signed JWT for the audience; `expiresAt` in seconds since the epoch. */
  issue(
    audience: string,
    principal: Principal,
    expiresAt: number,
  ): { token: string; expiresAt: number };
  /** Whether this signer issued the token for this audience and it has not expired. */
  verify(token: string, audience: string): boolean;
};

/** Signs tokens in the shape of Microsoft Entra ID (RS256) with a key that lives only in this process. */
export function createTokenSigner(): TokenSigner {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const header = encode({ typ: 'JWT', alg: 'RS256', kid: randomUUID() });
  return {
    issue(audience, principal, expiresAt) {
      const signed = `${header}.${encode(toClaims(audience, principal, expiresAt))}`;
      const signature = sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('base64url');
      return { token: `${signed}.${signature}`, expiresAt };
    },
    verify(token, audience) {
      const [head, claims, signature, ...rest] = token.split('.');
      if (head !== header || !claims || !signature || rest.length > 0) return false;
      const bytes = Buffer.from(signature, 'base64url');
      // Base64 has several spellings of the same bytes: only ours counts.
      if (bytes.toString('base64url') !== signature) return false;
      if (!verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), publicKey, bytes)) return false;
      const { aud, exp } = decode(claims);
      return normalizeAudience(aud) === normalizeAudience(audience) && Date.now() < exp * 1_000;
    },
  };
}

/** Azure takes an audience with and without the slash at its end. */
export function normalizeAudience(audience: string): string {
  return audience.replace(/\/+$/, '').toLowerCase();
}

type Claims = { aud: string; exp: number };

function toClaims(
  audience: string,
  principal: Principal,
  expiresAt: number,
): Claims & Record<string, unknown> {
  const { tenantId, principalId, clientId } = principal;
  const now = Math.floor(Date.now() / 1_000);
  return {
    aud: audience,
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: now,
    // Azure dates tokens back, so that a clock that lags behind takes them too.
    nbf: now - 300,
    exp: expiresAt,
    appid: clientId,
    appidacr: '2',
    idtyp: 'app',
    oid: principalId,
    sub: principalId,
    tid: tenantId,
    ver: '1.0',
  };
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Only for claims whose signature has been verified: they are as we wrote them. */
function decode(claims: string): Claims {
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims;
}
