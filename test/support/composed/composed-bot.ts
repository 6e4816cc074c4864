import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { stringify } from 'yaml';
import { prepareDatabase } from '../../../lab/processes/prepared-database.ts';
import { compose, type Bot } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config.ts';
import {
  botId,
  issuer,
  startTeams,
  tenantId,
  type Said,
  type Teams,
  type TeamsPerson,
} from './teams.ts';
import {
  clusterResourceId,
  resourceGroup,
  startWorld,
  subscriptionId,
  type World,
} from './world.ts';
import { alex, jonas, priya } from './teams.ts';

export type ComposedOptions = {
  /** Changes the catalogue (an object in the form of chaos.yaml) before it is written. */
  readonly catalogue?: (catalogue: Catalogue) => void;
  /** More variables of the environment, or others: `DATABASE_URL`, `FREEZE_TOKEN`, ... */
  readonly env?: Readonly<Record<string, string>>;
  /** Lives in the world of this bot, with a database and a folder of its own: another installation in the same resource group. */
  readonly beside?: ComposedBot;
};

export type ComposedBot = World &
  Teams & {
    /** Where the bot listens. */
    readonly url: string;
    /** What the bot logged, oldest first. */
    readonly logged: readonly LogLine[];
    /** Delivers any body to /api/messages, with the channel's token unless another one is given (`null`: none). */
    deliver(body: unknown, token?: string | null): Promise<Delivered>;
    /** Says something in the channel; resolves when the bot has taken it, not when it has answered. */
    say(text: string, person?: TeamsPerson, change?: object): Promise<Delivered>;
    /** Clicks a button of a card. */
    click(verb: string, data: object, person?: TeamsPerson, change?: object): Promise<Delivered>;
    /** Resolves with the first message in the conversations that matches, newest first; rejects after `timeoutMs`. */
    untilSaid(pattern: RegExp, timeoutMs?: number): Promise<Said>;
    /** Proposes as Alex, and approves as Priya; resolves with the id of the run once the approval was answered. */
    startRun(command?: string): Promise<string>;
    /** Ends the bot as SIGTERM does and starts it again on the same data, with a change in between if need be. */
    restart(between?: () => void | Promise<void>): Promise<void>;
    close(): Promise<void>;
  };

type Delivered = { readonly status: number; readonly body: unknown };
type LogLine = { readonly level: number; readonly msg: string; readonly [field: string]: unknown };

/**
 * The whole bot as `npm start` wires it, with authentication required, against real servers on loopback: Teams (connector, tokens), Chaos Studio,
 * Microsoft Graph, Kubernetes and a scoring service. Each stands behind a `Front` that can be told to refuse, hang, break or be slow.
 */
export async function startComposedBot(options: ComposedOptions = {}): Promise<ComposedBot> {
  const { beside } = options;
  const world = beside ?? (await startWorld());
  const teams = beside ?? (await startTeams());
  const catalogue = createCatalogue();
  options.catalogue?.(catalogue);
  const path = join(world.folder, beside ? 'chaos-beside.yaml' : 'chaos.yaml');
  await writeFile(path, stringify(catalogue));
  const logged: LogLine[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void logged.push(JSON.parse(line)) },
  );
  const own = beside ? { DATA_DIR: join(world.folder, 'data-beside') } : {};
  if (own.DATA_DIR) await prepareDatabase(own.DATA_DIR);
  const config = loadConfig({ ...toEnvironment(world, teams, path), ...own, ...options.env });
  const running: { bot: Bot } = { bot: await compose(config, log) };

  const deliver: ComposedBot['deliver'] = async (body, token = teams.token()) => {
    const response = await fetch(`${running.bot.url}/api/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return { status: response.status, body: parse(await response.text()) };
  };
  const lastSaid = () =>
    teams
      .said()
      .slice(-10)
      .map(({ text }) => text.slice(0, 120))
      .join(' | ');
  const untilSaid: ComposedBot['untilSaid'] = async (pattern, timeoutMs = 120_000) => {
    const giveUpAt = Date.now() + timeoutMs;
    for (;;) {
      const found = teams.said().findLast(({ text }) => pattern.test(text));
      if (found) return found;
      if (Date.now() > giveUpAt)
        throw new Error(
          `Nothing like ${pattern} was said in ${timeoutMs} ms, but at last: ${lastSaid()}`,
        );
      await delay(20);
    }
  };
  const say: ComposedBot['say'] = (text, person = alex, change = {}) =>
    deliver(teams.activity(person, { text, ...change }));
  const click: ComposedBot['click'] = (verb, data, person = priya, change = {}) =>
    deliver(
      teams.activity(person, {
        type: 'invoke',
        name: 'adaptiveCard/action',
        value: { action: { type: 'Action.Execute', verb, data }, trigger: 'manual' },
        ...change,
      }),
    );
  // What was not asked for is explained by what was said instead, as of a baseline that was not steady.
  const untilAsked: World['azure']['until'] = (...asked) =>
    world.azure.until(...asked).catch((error: unknown) => {
      throw new Error(`${String(error)}; the bot said at last: ${lastSaid()}`, { cause: error });
    });
  return {
    ...world,
    ...teams,
    azure: { ...world.azure, until: untilAsked },
    get url() {
      return running.bot.url;
    },
    logged,
    deliver,
    say,
    click,
    untilSaid,
    async startRun(command = 'run pod-failure') {
      const known = new Set(teams.said().map(({ id }) => id));
      await say(command);
      let proposal: Said | undefined;
      for (
        const giveUpAt = Date.now() + 120_000;
        !proposal && Date.now() < giveUpAt;
        await delay(20)
      )
        proposal = teams
          .said()
          .findLast(({ id, body }) => !known.has(id) && readData(body, 'run.approve'));
      const data = proposal && readData(proposal.body, 'run.approve');
      if (!data)
        throw new Error(
          `No proposal appeared: ${teams
            .said()
            .map(({ text }) => text)
            .join('\n')}`,
        );
      const answer = await click('run.approve', data);
      if (answer.status !== 200)
        throw new Error(`The approval was answered ${JSON.stringify(answer)}`);
      return data.runId;
    },
    async restart(between) {
      await running.bot.close();
      await between?.();
      running.bot = await compose(config, log);
    },
    async close() {
      await running.bot.close();
      if (beside) return;
      await teams.close();
      await world.close();
    },
  };
}

/** The environment of a bot that lives in this world, with the chaos.yaml at `path`. */
export function toEnvironment(world: World, teams: Teams, path: string): Record<string, string> {
  return {
    PORT: '0',
    BOT_ID: botId,
    BOT_TYPE: 'UserAssignedMSI',
    BOT_TENANT_ID: tenantId,
    BOT_OPENID_METADATA_URL: teams.issuer.openIdMetadataUrl,
    BOT_TOKEN_ISSUER: issuer,
    CHAOS_CONFIG: path,
    DATA_DIR: join(world.folder, 'data'),
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_RESOURCE_GROUP: resourceGroup,
    AZURE_RESOURCE_MANAGER_URL: world.azure.url,
    MICROSOFT_GRAPH_URL: world.graph.url,
    KUBECONFIG: world.kubeconfigPath,
    SCORING_URI: `${world.scoring.url}/score`,
  };
}

/** The data of the first button with this verb in a message: `{runId, digest}`. */
export function readData(
  body: unknown,
  verb: string,
): { runId: string; digest: string } | undefined {
  if (Array.isArray(body)) {
    for (const inner of body) {
      const found = readData(inner, verb);
      if (found) return found;
    }
    return undefined;
  }
  if (typeof body !== 'object' || body === null) return undefined;
  if ('verb' in body && body.verb === verb && 'data' in body)
    return body.data as { runId: string; digest: string };
  return readData(Object.values(body), verb);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

type Fields = Record<string, unknown>;

/** chaos.yaml as an object that a test may change. */
export type Catalogue = {
  clusters: Record<string, Fields>;
  services: Record<string, Fields & { scoring: Fields }>;
  experiments: Record<string, Fields>;
  approvals: Fields;
  limits: Fields;
  [section: string]: unknown;
};

/** One cluster, one service whose right answer is [42], and one experiment that ends within half a minute. */
export function createCatalogue(): Catalogue {
  return {
    clusters: {
      aks: { resourceId: clusterResourceId, location: 'westeurope' },
    },
    services: {
      diabetes: {
        cluster: 'aks',
        namespace: 'default',
        selector: { app: 'diabetes' },
        scoring: {
          uri: '${SCORING_URI}',
          rate: '10/s',
          // The service answers in this very thread, which a busy machine holds up.
          timeout: '5s',
          golden: [{ input: { data: [1] }, expected: [42], tolerance: 0.01 }],
        },
      },
    },
    experiments: {
      'pod-failure': {
        title: 'One pod of the scoring service fails',
        service: 'diabetes',
        fault: 'pod-failure',
        mode: 'one',
        duration: '15s',
        hypothesis: {
          title: 'Predictions survive the failure of one pod',
          tolerances: ['availability >= 50%'],
          // A busy machine may not measure all that is due.
          leastCoverage: '50%',
        },
        guards: { lostSight: '15s' },
        baseline: '5s',
        recovery: '20s',
      },
    },
    approvals: {
      approvers: [priya, jonas].map(({ aadObjectId, name }) => ({ id: aadObjectId, name })),
      quorum: 1,
      expiresAfter: '30m',
      startWithin: '15m',
    },
    limits: { leaveReady: 0 },
  };
}
