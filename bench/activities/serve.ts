import {
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  ConfigurationServiceClientCredentialFactory,
  type Request,
  type Response,
} from 'botbuilder';
import { AuthenticationConfiguration } from 'botframework-connector';
import restify from 'restify';
import type { TeamsAuth } from '../../src/teams/create-adapter.ts';
import { brokenUseCases, serveBot } from '../../test/support/served-bot.ts';

/** One bot in a process of its own: `node serve.ts ours|echo SETTINGS`. Prints its address. */
const [, , which, settings = ''] = process.argv;

export type Settings = {
  readonly botId: string;
  readonly tenantId: string;
  readonly openIdMetadataUrl: string;
  readonly issuer: string;
};

const { botId, tenantId, openIdMetadataUrl, issuer } = JSON.parse(settings) as Settings;
const url = which === 'ours' ? await serveOurs() : await serveEcho();
process.stdout.write(`${url}\n`);
process.on('disconnect', () => process.exit());

async function serveOurs(): Promise<string> {
  const auth: TeamsAuth = {
    mode: 'required',
    botId,
    botType: 'UserAssignedMSI',
    tenantId,
    openIdMetadataUrl,
    tokenIssuer: issuer,
  };
  // What Teams allows in a second is not what is measured here.
  const limits = { thread: [], app: [] };
  return (await serveBot(auth, brokenUseCases, { limits })).url;
}

/** The smallest bot that Microsoft's packages make, with the same authentication. */
async function serveEcho(): Promise<string> {
  const registration = {
    MicrosoftAppId: botId,
    MicrosoftAppType: 'UserAssignedMSI',
    MicrosoftAppTenantId: tenantId,
  };
  const test = {
    ValidateAuthority: 'false',
    ToChannelFromBotLoginUrl: issuer,
    ToChannelFromBotOAuthScope: issuer,
    ToBotFromChannelTokenIssuer: issuer,
    OAuthUrl: issuer,
    ToBotFromChannelOpenIdMetadataUrl: openIdMetadataUrl,
    ToBotFromEmulatorOpenIdMetadataUrl: openIdMetadataUrl,
    CallerId: 'urn:botframework:azure',
  };
  const adapter = new CloudAdapter(
    new ConfigurationBotFrameworkAuthentication(
      { ...registration, ...test },
      new ConfigurationServiceClientCredentialFactory(registration),
      new AuthenticationConfiguration([], () => Promise.resolve()),
    ),
  );
  const server = restify.createServer();
  server.use(restify.plugins.bodyParser());
  server.post('/api/messages', async (request: Request, response: Response) => {
    await adapter.process(request, response, async (context) => {
      if (context.activity.type === 'message')
        await context.sendActivity(`Echo: ${context.activity.text}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server.url;
}
