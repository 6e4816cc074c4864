import type { TeamsAdapter } from '@microsoft/teams-ai';
import { AuthenticationConfiguration } from 'botframework-connector';
import { LastingCredentials } from './lasting-credentials.ts';
import { QuietAdapter } from './quiet-adapter.ts';

/** How what comes in is authenticated. `off` only on loopback and never in production. */
export type TeamsAuth =
  | { readonly mode: 'off' }
  | {
      readonly mode: 'required';
      readonly botId: string;
      readonly botType: 'SingleTenant' | 'UserAssignedMSI';
      readonly tenantId: string;
      readonly password?: string;
      readonly openIdMetadataUrl?: string;
      readonly tokenIssuer?: string;
    };

/** Who signs the tokens of the Bot Framework channel. */
export const channelIssuer = 'https://api.botframework.com';

/** The adapter between activities and HTTP. */
export function createAdapter(auth: TeamsAuth): TeamsAdapter {
  if (auth.mode === 'off') {
    const nobody = {
      MicrosoftAppId: '',
      MicrosoftAppPassword: '',
      MicrosoftAppType: 'MultiTenant',
    };
    return new QuietAdapter({ MicrosoftAppId: '' }, new LastingCredentials(nobody));
  }
  const registration = {
    MicrosoftAppId: auth.botId,
    MicrosoftAppType: auth.botType,
    MicrosoftAppTenantId: auth.tenantId,
    ...(auth.password ? { MicrosoftAppPassword: auth.password } : {}),
  };
  return new QuietAdapter(
    { ...registration, ...toTestIssuer(auth) },
    new LastingCredentials(registration),
    new AuthenticationConfiguration([], (claims) =>
      validateClaims(claims, auth.tokenIssuer ?? channelIssuer),
    ),
  );
}

/** The emulator's path in botbuilder accepts tokens of any tenant for any service URL: only the channel's own issuer may come in. */
async function validateClaims(
  claims: readonly { type: string; value: string }[],
  issuer: string,
): Promise<void> {
  const valueOf = (type: string) => claims.find((claim) => claim.type === type)?.value;
  if (valueOf('iss') !== issuer) throw new Error('The token is not of the channel.');
  if (!valueOf('serviceurl')) throw new Error('The token names no service URL.');
}

/** Overriding some of these breaks authentication; a test issuer needs all. */
function toTestIssuer({
  openIdMetadataUrl,
  tokenIssuer,
}: Extract<TeamsAuth, { mode: 'required' }>): object {
  if (!openIdMetadataUrl && !tokenIssuer) return {};
  const issuer = tokenIssuer ?? channelIssuer;
  return {
    ValidateAuthority: 'false',
    ToChannelFromBotLoginUrl: issuer,
    ToChannelFromBotOAuthScope: channelIssuer,
    ToBotFromChannelTokenIssuer: issuer,
    OAuthUrl: channelIssuer,
    ToBotFromChannelOpenIdMetadataUrl: openIdMetadataUrl,
    ToBotFromEmulatorOpenIdMetadataUrl: openIdMetadataUrl,
    CallerId: 'urn:botframework:azure',
  };
}
