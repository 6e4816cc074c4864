import { ChaosError } from '../domain/chaos-error.ts';
import { channelIssuer, type TeamsAuth } from './create-adapter.ts';
import { LastingCredentials } from './lasting-credentials.ts';

/** The endpoint that the bot signs in at; ignored by managed identities. */
const loginEndpoint = 'https://login.microsoftonline.com/';

/** Gets a token for the Bot Framework with the bot's own credential. Rejects with what to correct when there is none. */
export async function checkBotCredential(
  auth: Extract<TeamsAuth, { mode: 'required' }>,
): Promise<void> {
  const factory = new LastingCredentials({
    MicrosoftAppId: auth.botId,
    MicrosoftAppType: auth.botType,
    MicrosoftAppTenantId: auth.tenantId,
    ...(auth.password ? { MicrosoftAppPassword: auth.password } : {}),
  });
  try {
    const credentials = await factory.createCredentials(
      auth.botId,
      channelIssuer,
      loginEndpoint,
      true,
    );
    await (credentials as { getToken?(): Promise<string> }).getToken?.();
  } catch (cause) {
    throw noToken(auth, cause);
  }
}

function noToken(
  { botType, botId, tenantId }: Extract<TeamsAuth, { mode: 'required' }>,
  cause: unknown,
): ChaosError {
  // The rest of the sentence may quote what was sent.
  const code = /AADSTS\d+/.exec(String((cause as Error | undefined)?.message))?.[0];
  const suggestion =
    botType === 'SingleTenant'
      ? `Check BOT_ID and BOT_TENANT_ID (${tenantId}); a new secret for BOT_PASSWORD: \`az ad app credential reset --id ${botId} --append\`.`
      : `Assign the managed identity whose client id is BOT_ID (${botId}) to where the bot runs, for an App Service: \`az webapp identity assign --identities IDENTITY_RESOURCE_ID\`.`;
  return new ChaosError(
    'config-invalid',
    `The bot gets no token for the Bot Framework${code ? ` (${code})` : ''}, so it cannot speak in Teams.`,
    { suggestion, cause },
  );
}
