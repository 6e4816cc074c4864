import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../free-port.ts';
import { waitWhileProgressing } from '../patience.ts';
import { startLeashedProcess, type LeashedProcess } from '../processes/leashed-process.ts';
import { startFront, type ConnectorFault } from './front.ts';
import { toPlaygroundConfig } from './playground-config.ts';

export type PlaygroundOptions = {
  readonly host: string;
  readonly port: number;
  /** Where its configuration is kept and it runs. */
  readonly folder: string;
  readonly messagesUrl: string;
  readonly say: (line: string) => void;
  /** Ends the waiting for its start. */
  readonly signal: AbortSignal;
};

export type Playground = {
  readonly url: string;
  readonly pid: number;
  /** Breaks what the bot calls to speak; undefined heals it. */
  setConnectorFault(fault: ConnectorFault | undefined): void;
  close(): Promise<void>;
};

const program = fileURLToPath(import.meta.resolve('@microsoft/m365agentsplayground/cli.js'));

/** Microsoft's playground, and in front of it what it lacks: acting as somebody else, slash commands, and a channel that fails. */
export async function startPlayground(options: PlaygroundOptions): Promise<Playground> {
  const { host, port, folder, messagesUrl } = options;
  const innerPort = await findFreePort(host, 0, '');
  const inner = `http://${host}:${innerPort}`;
  const front = await startFront({ host, port, playgroundUrl: inner, messagesUrl });
  await writeFile(join(folder, '.m365agentsplayground.yml'), toPlaygroundConfig());
  const child = startLeashedProcess({
    program,
    args: [
      'start',
      `--app-endpoint=${front.botUrl}`,
      '--channel-id=msteams',
      `--port=${innerPort}`,
      '--disable-telemetry=true',
      `--service-url=${front.connectorUrl}`,
    ],
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      TEAMSAPPTESTER_BROWSER: 'none',
      APPLICATION_INSIGHTS_NO_STATSBEAT: '1',
    },
    folder,
    logPath: join(folder, 'playground.log'),
    preloads: [new URL('loopback-only.ts', import.meta.url).href],
  });
  const close = async () => {
    await front.close();
    await child.end('SIGTERM', 2_000);
  };
  try {
    await waitUntilUp(inner, child, options);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: front.url,
    pid: child.pid,
    setConnectorFault: (fault) => front.setConnectorFault(fault),
    close,
  };
}

async function waitUntilUp(
  url: string,
  child: LeashedProcess,
  { say, signal }: PlaygroundOptions,
): Promise<void> {
  await waitWhileProgressing({
    name: 'the playground',
    progress: () => child.progress(),
    state: () => child.output().trim().split('\n').at(-1) ?? '',
    say,
    signal,
    async isThere() {
      if (child.hasExited()) throw new Error(`The playground did not start:\n${child.output()}`);
      const response = await fetch(`${url}/_internal/v1/testConfig`).catch(() => undefined);
      return response?.ok === true;
    },
  });
}
