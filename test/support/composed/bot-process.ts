import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { createCatalogue, readData, toEnvironment, type Catalogue } from './composed-bot.ts';
import { alex, priya, startTeams, type Said, type Teams } from './teams.ts';
import { startWorld, type World } from './world.ts';

/** The bot as a process of its own: `node src/main.ts` with nothing but an environment. */
export type BotProcess = World &
  Teams & {
    /** What the processes wrote to their logs, all of them together. */
    output(): string;
    /** Where the process listens. */
    url(): string;
    /** Starts a process with these variables in addition; does not wait until it listens. */
    launch(variables?: Readonly<Record<string, string>>): void;
    /** Starts a process; resolves when it listens. From then on this is the one that is talked to and gets signals. */
    start(): Promise<void>;
    /** The process that was started last, also after another one was. */
    current(): Replica;
    /** Sends a signal to it. */
    signal(signal: NodeJS.Signals): void;
    /** Resolves with the exit code once it has ended. */
    ended(): Promise<number | null>;
    say(text: string): Promise<void>;
    click(verb: string, data: object): Promise<void>;
    untilSaid(pattern: RegExp): Promise<Said>;
    untilWritten(pattern: RegExp): Promise<void>;
    close(): Promise<void>;
  };

/** One of several processes on one database. */
export type Replica = {
  /** What it wrote to its log so far. */
  output(): string;
  signal(signal: NodeJS.Signals): void;
};

const patienceMs = 120_000;

export async function prepareBotProcess(
  change: (catalogue: Catalogue) => void,
  more: Readonly<Record<string, string>> = {},
): Promise<BotProcess> {
  const world = await startWorld();
  const teams = await startTeams();
  const catalogue = createCatalogue();
  change(catalogue);
  const path = join(world.folder, 'chaos.yaml');
  await writeFile(path, stringify(catalogue));
  const caPath = join(await mkdtemp(join(world.folder, 'ca-')), 'ca.pem');
  await writeFile(caPath, world.caPem);
  const env = {
    ...process.env,
    ...toEnvironment(world, teams, path),
    NODE_EXTRA_CA_CERTS: caPath,
    LOG_LEVEL: 'info',
    ...more,
  };
  let output = '';
  const started: ChildProcess[] = [];
  const launch = (variables: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, ['src/main.ts'], {
      env: { ...env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const code = once(child, 'exit').then(([exitCode]) => exitCode as number | null);
    const launched = { child, code, own: '' };
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        launched.own += chunk.toString();
      });
    started.push(child);
    return launched;
  };
  const running: { process?: ReturnType<typeof launch> } = {};
  const until = async <Found>(find: () => Found | undefined, what: string): Promise<Found> => {
    for (const giveUpAt = Date.now() + patienceMs; ; await delay(10)) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > giveUpAt) throw new Error(`Nothing like ${what}:\n${output.slice(-4_000)}`);
    }
  };
  const url = () => {
    const listening = /"url":"(http[^"]+)"/.exec(running.process?.own ?? '');
    return listening?.[1];
  };
  const deliver = async (activity: object) => {
    const response = await fetch(`${url()}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${teams.token()}` },
      body: JSON.stringify(activity),
    });
    await response.text();
  };
  return {
    ...world,
    ...teams,
    output: () => output,
    url: () => url() ?? '',
    launch: (variables) => void (running.process = launch(variables)),
    async start() {
      running.process = launch();
      await until(url, 'a bot that listens');
    },
    current() {
      const { process: launched } = running;
      return {
        output: () => launched?.own ?? '',
        signal: (signal) => void launched?.child.kill(signal),
      };
    },
    signal: (signal) => void running.process?.child.kill(signal),
    ended: async () => (running.process ? running.process.code : null),
    say: (text) => deliver(teams.activity(alex, { text })),
    click: (verb, data) =>
      deliver(
        teams.activity(priya, {
          type: 'invoke',
          name: 'adaptiveCard/action',
          value: { action: { type: 'Action.Execute', verb, data }, trigger: 'manual' },
        }),
      ),
    untilSaid: (pattern) =>
      until(() => teams.said().findLast(({ text }) => pattern.test(text)), `${pattern} said`),
    untilWritten: async (pattern) => {
      await until(
        () => pattern.exec(running.process?.own ?? '') ?? undefined,
        `${pattern} in the log`,
      );
    },
    async close() {
      for (const child of started) child.kill('SIGKILL');
      await teams.close();
      await world.close();
    },
  };
}

/** Proposes and approves; resolves with the id of the run. */
export async function approveRun(bot: BotProcess): Promise<string> {
  await bot.say('run pod-failure');
  const { body } = await bot.untilSaid(/Waiting for approval/);
  const data = readData(body, 'run.approve');
  if (!data) throw new Error('The proposal has no button.');
  await bot.click('run.approve', data);
  return data.runId;
}
