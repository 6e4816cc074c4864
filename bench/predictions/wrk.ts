import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measured, Settings } from './measure.ts';

const execute = promisify(execFile);

const script = `wrk.method = "POST"
wrk.body = '{"data": [[1]]}'
wrk.headers["Content-Type"] = "application/json"
`;

/** Whether wrk (Debian's package) is on this machine. */
export function hasWrk(): Promise<boolean> {
  // Asked for its version it fails, and says it.
  return execute('wrk', ['-v']).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

/** What wrk says of the same server. It keeps no rate: it asks as fast as it is answered. */
export async function runWrk({ uri, durationMs }: Settings): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), 'wrk-'));
  const file = join(folder, 'post.lua');
  await writeFile(file, script);
  const seconds = `${Math.round(durationMs / 1_000)}s`;
  const options = ['-t1', '-c4', `-d${seconds}`, '--timeout', '1s', '--latency', '-s', file, uri];
  const timed = ['-c', 'TIMEFORMAT="cpu %U %S"; time wrk "$@"', 'wrk', ...options];
  try {
    const { stdout, stderr } = await execute('bash', timed);
    return readReport(stdout, stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function readReport(report: string, times: string): Measured {
  const [, requests = 0] = /(\d+) requests in/.exec(report) ?? [];
  const errors = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(report) ?? [];
  const failed = errors.slice(1).reduce((sum, count) => sum + Number(count), 0);
  const [, bad = 0] = /Non-2xx or 3xx responses: (\d+)/.exec(report) ?? [];
  const [, user = 0, system = 0] = /cpu ([\d.]+) ([\d.]+)/.exec(times) ?? [];
  return {
    sent: Number(requests) + failed,
    good: Number(requests) - Number(bad),
    p50Ms: readQuantile(report, 50),
    p99Ms: readQuantile(report, 99),
    cpuMs: (Number(user) + Number(system)) * 1_000,
  };
}

function readQuantile(report: string, percent: number): number {
  const [, value, unit] = new RegExp(`${percent}%\\s+([\\d.]+)(us|ms|s)`).exec(report) ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1_000 }[unit ?? ''] ?? NaN);
}
