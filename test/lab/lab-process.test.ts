import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import {
  call,
  startLabProcess,
  waitForReadyFile,
  type LabProcess,
} from '../support/lab-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const labTimeoutMs = 240_000;

/** The processes that this one started, whatever becomes of it. */
async function listPids(lab: Pick<LabProcess, 'labUrl'>): Promise<number[]> {
  const { pods, bot } = (await call('GET', `${lab.labUrl}/processes`)) as {
    pods: { pid: number }[];
    bot: number;
  };
  return [...pods.map(({ pid }) => pid), bot];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function untilGone(pids: readonly number[]): Promise<void> {
  for (let waitedMs = 0; pids.some(isRunning); waitedMs += 100) {
    if (waitedMs > 20_000) throw new Error(`still running: ${pids.filter(isRunning).join(', ')}`);
    await delay(100);
  }
}

const answers = (url: string) =>
  fetch(url).then(
    () => true,
    () => false,
  );

async function runLab(...args: string[]): Promise<{ code: number | null; stderr: string }> {
  const lab = execFile(process.execPath, ['lab/main.ts', ...args], { cwd: root });
  let stderr = '';
  lab.stderr?.on('data', (text: string) => (stderr += text));
  const [code] = (await once(lab, 'close')) as [number | null];
  return { code, stderr };
}

describe('npm run lab', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'leaves no process and no port behind after %s',
    async (signal) => {
      const lab = await startLabProcess(['--headless', '--pace', 'brisk']);
      expect(lab.playgroundUrl).toBeUndefined();
      const pids = await listPids(lab);
      expect(pids).toHaveLength(4);
      expect(pids.every(isRunning)).toBe(true);
      process.kill(lab.process.pid, signal);
      await lab.process.exited;
      await untilGone(pids);
      for (const url of [lab.botUrl, lab.labUrl, lab.scoringUri]) {
        expect(await answers(url)).toBe(false);
      }
      const left = access(dirname(lab.kubeconfigPath)).then(
        () => true,
        () => false,
      );
      // What was killed cannot tidy up its temporary folder.
      if (signal !== 'SIGKILL') expect(await left).toBe(false);
      await lab.close();
    },
    labTimeoutMs,
  );

  test(
    'is killed by a second Ctrl-C when a program of it does not end',
    async () => {
      const lab = await startLabProcess(['--headless', '--pace', 'brisk']);
      const pids = await listPids(lab);
      const bot = pids.at(-1) ?? 0;
      process.kill(bot, 'SIGSTOP');
      process.kill(lab.process.pid, 'SIGINT');
      while (!lab.process.output().includes('Ctrl-C again')) await delay(50);
      await delay(1_000);
      process.kill(lab.process.pid, 'SIGINT');
      await lab.process.exited;
      expect(lab.process.output()).toMatch(/Killed/);
      await untilGone(pids);
      await lab.close();
    },
    labTimeoutMs,
  );

  test(
    'ends by itself when a program of it does not',
    async () => {
      const lab = await startLabProcess(['--headless', '--pace', 'brisk']);
      const pids = await listPids(lab);
      process.kill(pids.at(-1) ?? 0, 'SIGSTOP');
      process.kill(lab.process.pid, 'SIGINT');
      await lab.process.exited;
      await untilGone(pids);
      expect(pids.some(isRunning)).toBe(false);
      await lab.close();
    },
    labTimeoutMs,
  );

  test(
    'ends when npm is told to end, which tells nobody',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'npm-lab-'));
      const readyFile = join(folder, 'ready.json');
      const args = ['run', 'lab', '--', '--headless', '--bot-port', '0', '--ready-file', readyFile];
      const npm = spawn('npm', args, { cwd: root, stdio: 'ignore' });
      const { labUrl } = await waitForReadyFile(readyFile, () => npm.exitCode !== null);
      const pids = await listPids({ labUrl });
      npm.kill('SIGTERM');
      await untilGone(pids);
      expect(await answers(labUrl)).toBe(false);
      await rm(folder, { recursive: true });
    },
    labTimeoutMs,
  );

  test('says which port is taken and what to do', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { code, stderr } = await runLab('--headless', '--bot-port', String(port));
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(
      `Port ${port} is taken. End what listens there, or choose another with --bot-port`,
    );
  });

  test.each([
    [['--bot-port', 'eighty'], '--bot-port is a port from 0 to 65535, not eighty.'],
    [['--pace', 'slow'], '--pace is recorded or brisk, not slow.'],
    [['--fast'], "Unknown option '--fast'"],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await runLab(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run lab -- [options]');
  });
});
