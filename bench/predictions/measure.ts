import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import type { ScheduleMeasurement } from '../../src/domain/measurement.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { createPredictionProbe } from '../../src/predictions/prediction-probe.ts';
import { createSampleFiles } from '../../src/predictions/samples/sample-files.ts';
import { sampleProposal } from '../../test/support/proposal.ts';

/** One tool in a process of its own, so that its CPU time is its own: `node measure.ts ours|autocannon SETTINGS`. It says when it is ready, and begins when told to. */
export type Settings = {
  readonly uri: string;
  readonly ratePerSecond: number;
  readonly timeoutMs: number;
  readonly durationMs: number;
  /** A connection for each request. */
  readonly fresh: boolean;
  /** Each prediction is written to disk as well. */
  readonly samples?: boolean;
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
  const { uri, ratePerSecond, timeoutMs, durationMs, fresh } = settings;
  const golden = [{ input, expected: [expected], absoluteTolerance: 0.01 }];
  const { service } = sampleProposal();
  const scoring = { uri, ratePerSecond, timeoutMs, golden, keptAliveShare: fresh ? 0 : 1 };
  const probed = { ...service, scoring };
  const noToken = () => Promise.reject(new Error('no identity'));
  const probe = createPredictionProbe({ keyOf: () => undefined, readToken: noToken, log: silent });
  await probe.probeOnce(probed);
  return async () => {
    const folder = await mkdtemp(join(tmpdir(), 'samples-'));
    const files = createSampleFiles({ folder, maxBytes: 256_000_000, log: silent });
    const writer = settings.samples ? files.open('r-7k2mq4' as RunId) : undefined;
    const session = probe.start(probed, {
      latencyLimitsMs: [],
      onSample: (sample) => writer?.write({ ...sample, phase: 'observe' }),
    });
    await delay(durationMs);
    const { sent, good, latency, schedule } = await session.stop();
    await writer?.close();
    await rm(folder, { recursive: true });
    const { p50Ms = NaN, p99Ms = NaN } = latency ?? {};
    return { sent, good, p50Ms, p99Ms, ...(schedule ? { schedule } : {}) };
  };
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

const run = which === 'ours' ? await prepareOurs() : runAutocannon;
const go = once(process, 'message');
process.send?.('ready');
await go;
const before = process.cpuUsage();
const result = await run();
const { user, system } = process.cpuUsage(before);
process.send?.({ ...result, cpuMs: (user + system) / 1_000 });
process.disconnect();
