import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { Client, Pool } from 'undici';
import type { ScheduleMeasurement } from '../../src/domain/measurement.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { createProber } from '../../src/predictions/prober.ts';
import { createSampleFiles } from '../../src/predictions/samples/sample-files.ts';
import { createReportWriter } from '../../src/report-writer.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { countDue } from '../../test/support/prober-process.ts';
import { reportJournals } from '../../test/support/report-gallery.ts';
import { sampleProposal } from '../../test/support/proposal.ts';

/** One tool in a process of its own, so that its CPU time is its own: `node measure.ts ours|autocannon|undici SETTINGS`. It says when it is ready, and begins when told to. */
export type Settings = {
  readonly uri: string;
  readonly ratePerSecond: number;
  readonly timeoutMs: number;
  readonly durationMs: number;
  /** A connection for each request. */
  readonly fresh: boolean;
  /** Each prediction is written to disk as well. */
  readonly samples?: boolean;
  /** The main thread is blocked for so long in the middle, by something else. */
  readonly blockMainMs?: number;
  /** Pages of reports and pictures of their charts are written, as for readers: with so long a pause after each, ms. */
  readonly reportPauseMs?: number;
};

export type Measured = {
  readonly sent: number;
  readonly good: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
  readonly schedule?: ScheduleMeasurement;
};

const [, , which, text = ''] = process.argv;
const settings = JSON.parse(text) as Settings;
const { input, expected } = { input: { data: [[1]] }, expected: 2 };
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function prepareOurs(): Promise<() => Promise<Omit<Measured, 'cpuMs'>>> {
  const { uri, ratePerSecond, timeoutMs, durationMs, fresh, blockMainMs = 0 } = settings;
  const golden = [{ input, expected: [expected], absoluteTolerance: 0.01 }];
  const { service } = sampleProposal();
  const scoring = { uri, ratePerSecond, timeoutMs, golden, keptAliveShare: fresh ? 0 : 1 };
  const probed = { ...service, scoring };
  const noToken = () => Promise.reject(new Error('no identity'));
  const prober = createProber({ keyOf: () => undefined, readToken: noToken, log: silent });
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samples-'));
    const files = createSampleFiles({ folder, maxBytes: 256_000_000, log: silent });
    const writer = settings.samples ? files.open('r-7k2mq4' as RunId) : undefined;
    const results: PredictionResult[] = [];
    const session = prober.start(probed, {
      onResults: (batch) => {
        results.push(...batch.results);
        for (const result of batch.results)
          if (result.kind === 'measured')
            writer?.write({ ...result, lateMs: result.sentAt - result.dueAt, phase: 'observe' });
      },
    });
    const { reportPauseMs } = settings;
    const reports = reportPauseMs === undefined ? undefined : writeReports(reportPauseMs);
    await delay(durationMs / 2);
    if (blockMainMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMainMs);
    await delay(durationMs / 2);
    // Before the session: a thread that writes reports does not keep a process alive.
    await reports?.stop();
    await session.stop();
    await writer?.close();
    await rm(folder, { recursive: true });
    return summarize(results);
  };
}

/** One report after the other; it says when it stops how many, so that a bench that writes none is no bench. */
function writeReports(pauseMs: number): { stop(): Promise<void> } {
  const writer = createReportWriter();
  const report = toReport(reportJournals.deviated, { version: 'bench' });
  let written = 0;
  const stopped = new AbortController();
  const writing = (async () => {
    for (; !stopped.signal.aborted; written += 1) {
      for (const format of ['html', 'png'] as const)
        await writer.write({ report, format, links: [] });
      await delay(pauseMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await writing;
      await writer.close();
      process.stderr.write(`  ${written} reports and their pictures were written\n`);
      if (written === 0) throw new Error('No report was written.');
    },
  };
}

function summarize(results: readonly PredictionResult[]): Omit<Measured, 'cpuMs'> {
  const measured = results.filter((result) => result.kind === 'measured');
  const good = measured.filter(({ outcome }) => outcome === 'good');
  const latencies = good.map(({ latencyMs }) => latencyMs);
  const errors = measured.map(({ sentAt, dueAt }) => sentAt - dueAt);
  return {
    sent: measured.length,
    good: good.length,
    p50Ms: readQuantile(latencies, 0.5),
    p99Ms: readQuantile(latencies, 0.99),
    schedule: {
      p50ErrorMs: readQuantile(errors, 0.5),
      p99ErrorMs: readQuantile(errors, 0.99),
      maxErrorMs: readQuantile(errors, 1),
      missed: countDue(results) - measured.length,
    },
  };
}

/** By the nearest rank. */
function readQuantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return Number((sorted[Math.ceil(share * sorted.length) - 1] ?? NaN).toFixed(2));
}

/** The least that undici costs for the same predictions: each answer is read and nothing is made of it. */
async function runUndici(): Promise<Omit<Measured, 'cpuMs'>> {
  const { uri, ratePerSecond, durationMs, fresh } = settings;
  const { origin, pathname: path } = new URL(uri);
  const request = {
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(input),
  } as const;
  const kept = new Pool(origin, { pipelining: 1 });
  const latencies: number[] = [];
  const ask = async () => {
    const startedAt = performance.now();
    const client = fresh ? new Client(origin, { pipelining: 0 }) : kept;
    const { body } = await client.request(request);
    await body.text();
    latencies.push(performance.now() - startedAt);
    if (fresh) await client.destroy();
  };
  const startedAt = performance.now();
  const asked: Promise<void>[] = [];
  while (performance.now() - startedAt < durationMs) {
    await delay(1);
    const due = ((performance.now() - startedAt) * ratePerSecond) / 1_000;
    while (asked.length < due) asked.push(ask());
  }
  await Promise.all(asked);
  await kept.destroy();
  const [p50Ms, p99Ms] = [readQuantile(latencies, 0.5), readQuantile(latencies, 0.99)];
  return { sent: asked.length, good: latencies.length, p50Ms, p99Ms };
}

/** With what it has to come near: its rate for all connections together, and the body that is right. */
async function runAutocannon(): Promise<Omit<Measured, 'cpuMs'>> {
  const { uri, ratePerSecond, timeoutMs, durationMs, fresh } = settings;
  const { errors, non2xx, mismatches, latency, ...result } = await autocannon({
    url: uri,
    method: 'POST',
    // Its own reconnectRate of 1 hears no answer at all.
    headers: { 'content-type': 'application/json', ...(fresh ? { connection: 'close' } : {}) },
    body: JSON.stringify(input),
    expectBody: `[${expected}]`,
    connections: 10,
    overallRate: ratePerSecond,
    duration: durationMs / 1_000,
    timeout: timeoutMs / 1_000,
  });
  const answered = result['2xx'];
  const sent = answered + non2xx + errors;
  return { sent, good: answered - mismatches, p50Ms: latency.p50, p99Ms: latency.p99 };
}

const peers: Readonly<Record<string, typeof runAutocannon>> = {
  autocannon: runAutocannon,
  undici: runUndici,
};
const run = peers[which ?? ''] ?? (await prepareOurs());
const go = once(process, 'message');
process.send?.('ready');
await go;
const before = process.cpuUsage();
const result = await run();
const { user, system } = process.cpuUsage(before);
process.send?.({ ...result, cpuMs: (user + system) / 1_000 });
process.disconnect();
