import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startLeashedProcess, type LeashedProcess } from '../../lab/processes/leashed-process.ts';
import type { LabAddresses } from '../../lab/start-lab.ts';
import { writeBriskCatalogue } from './brisk-catalogue.ts';

export type LabProcess = LabAddresses & {
  readonly process: LeashedProcess;
  /** Breaks the lab, as described by `GET {labUrl}/faults`. */
  breakIt(fault: object): Promise<void>;
  heal(): Promise<void>;
  requests(): Promise<readonly ArmRequest[]>;
  restartBot(how: { signal: string; downMs?: number }): Promise<void>;
  pods(): Promise<readonly { readonly pid: number }[]>;
  close(): Promise<void>;
};

export type ArmRequest = { at: number; method: string; path: string; status?: number };

const root = fileURLToPath(new URL('../..', import.meta.url));
const startTimeoutMs = 180_000;

/** A lab for whole runs: Azure is brisk and the phases are short. */
export async function startBriskLab({
  lostSight,
}: { readonly lostSight?: string } = {}): Promise<LabProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'brisk-'));
  const catalogue = join(folder, 'chaos.yaml');
  await writeBriskCatalogue(catalogue, lostSight);
  const lab = await startLabProcess(['--pace', 'brisk', '--catalogue', catalogue]);
  const close = async () => {
    await lab.close();
    await rm(folder, { recursive: true });
  };
  return { ...lab, close };
}

/** Starts `lab/main.ts` as a person does, on ports of its own; resolves when its ready file is there. */
export async function startLabProcess(args: readonly string[]): Promise<LabProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-test-'));
  const readyFile = join(folder, 'ready.json');
  const lab = startLeashedProcess({
    program: 'lab/main.ts',
    args: ['--bot-port', '0', '--playground-port', '0', '--ready-file', readyFile, ...args],
    env: { PATH: process.env['PATH'] ?? '' },
    folder: root,
    logPath: join(folder, 'lab.log'),
  });
  const addresses = await waitForReadyFile(readyFile, () => lab.hasExited()).catch(
    async (error: unknown) => {
      await lab.end('SIGTERM', 10_000);
      throw new Error(`The lab did not become ready:\n${lab.output()}`, { cause: error });
    },
  );
  const { labUrl } = addresses;
  return {
    ...addresses,
    process: lab,
    breakIt: async (fault) => void (await call('POST', `${labUrl}/faults`, fault)),
    heal: async () => void (await call('DELETE', `${labUrl}/faults`)),
    requests: async () =>
      ((await call('GET', `${labUrl}/requests`)) as { requests: ArmRequest[] }).requests,
    restartBot: async (how) => void (await call('POST', `${labUrl}/bot/restart`, how)),
    pods: async () =>
      ((await call('GET', `${labUrl}/processes`)) as { pods: { pid: number }[] }).pods,
    async close() {
      await lab.end('SIGTERM', 30_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The addresses, once they are written; rejects when the lab has ended or is late. */
export async function waitForReadyFile(
  path: string,
  hasExited: () => boolean,
): Promise<LabAddresses> {
  const giveUpAt = Date.now() + startTimeoutMs;
  while (Date.now() < giveUpAt && !hasExited()) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return JSON.parse(text) as LabAddresses;
    await delay(100);
  }
  throw new Error('There is no ready file.');
}

/** One JSON request; throws with the body when it is not answered 2xx. */
export async function call(method: string, url: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
