import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { startManagedIdentity } from '../../lab/identity/managed-identity.ts';
import { startConnector, type Connector } from '../../test/support/connector.ts';
import { botId, tenantId, toActivity } from '../../test/support/served-bot.ts';
import { startTokenIssuer } from '../../test/support/token-issuer.ts';
import type { Comparison } from '../comparison.ts';
import type { Settings } from './serve.ts';

const issuer = 'https://api.botframework.com';
const connections = 16;
const conversations = 400;

type Load = { readonly perSecond: number; readonly p99Ms: number };

/** Commands that are answered in the conversation, authenticated, against a bare botbuilder bot that echoes; by turns, so that both meet the same machine. */
export async function measureActivities(rounds: number, amount: number): Promise<Comparison> {
  const connector = await startConnector();
  const tokens = await startTokenIssuer(issuer);
  const identity = await startManagedIdentity({ host: '127.0.0.1', port: 0, audiences: [issuer] });
  const settings: Settings = {
    botId,
    tenantId,
    openIdMetadataUrl: tokens.openIdMetadataUrl,
    issuer,
  };
  const env = {
    ...process.env,
    IDENTITY_ENDPOINT: identity.identityEndpoint,
    IDENTITY_HEADER: identity.identityHeader,
  };
  const token = tokens.sign({ aud: botId, serviceurl: connector.serviceUrl });
  const bots = {
    ours: await start('ours', settings, env),
    echo: await start('echo', settings, env),
  };
  const loads: Record<'ours' | 'echo', Load[]> = { ours: [], echo: [] };
  try {
    for (let round = 0; round <= rounds; round += 1) {
      for (const which of ['ours', 'echo'] as const) {
        const load = await measure(bots[which].url, { token, connector, amount });
        // The first round warms both up.
        if (round > 0) loads[which].push(load);
      }
    }
  } finally {
    for (const { child } of Object.values(bots)) child.kill();
    await Promise.all([connector.close(), tokens.close(), identity.close()]);
  }
  return {
    name: 'activities answered, authentication on',
    unit: 'per second',
    peer: 'bare botbuilder echo bot',
    ours: median(loads.ours.map(({ perSecond }) => perSecond)),
    theirs: median(loads.echo.map(({ perSecond }) => perSecond)),
    goal: 0.9,
    notes: {
      oursP99Ms: median(loads.ours.map(({ p99Ms }) => p99Ms)),
      theirsP99Ms: median(loads.echo.map(({ p99Ms }) => p99Ms)),
    },
  };
}

async function start(which: 'ours' | 'echo', settings: Settings, env: NodeJS.ProcessEnv) {
  const script = fileURLToPath(new URL('serve.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, which, JSON.stringify(settings)], {
    env,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (!child.stdout) throw new Error('no output');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, url };
}

/** From the first request to the last answer in the conversation. */
async function measure(
  url: string,
  { token, connector, amount }: { token: string; connector: Connector; amount: number },
): Promise<Load> {
  const before = connector.calls.length;
  const startedAt = performance.now();
  // autocannon itself ends at a whole second.
  const answered = connector.untilCalls(before + amount).then(() => performance.now());
  let number = 0;
  const result = await autocannon({
    url: `${url}/api/messages`,
    connections,
    amount,
    setupClient: (client) => {
      const next = () => {
        number += 1;
        const conversation = {
          id: `19:c${number % conversations}`,
          tenantId,
          conversationType: 'personal',
        };
        const from = { id: `29:p${number}`, name: 'Alex', aadObjectId: `${number}` };
        client.setBody(JSON.stringify(toActivity(connector.serviceUrl, { conversation, from })));
      };
      next();
      client.on('response', next);
    },
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
  const seconds = ((await answered) - startedAt) / 1_000;
  return { perSecond: amount / seconds, p99Ms: result.latency.p99 };
}

function median(values: readonly number[]): number {
  return (
    values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
  );
}
