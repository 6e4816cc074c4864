import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Guard } from '../../src/domain/guard.ts';
import { joinSeconds } from '../../src/domain/join-seconds.ts';
import { isMeasured } from '../../src/domain/sample.ts';
import { createProber } from '../../src/predictions/prober.ts';
import { createSampleFiles } from '../../src/predictions/samples/sample-files.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { playGuards } from '../../src/runs/play-guards.ts';
import { listAllOutages } from '../../src/domain/attribution.ts';
import type { MonotonicClock } from '../../src/runs/ports/clock.ts';
import { approver, sampleProposal } from '../support/proposal.ts';
import { readAll } from '../support/samples.ts';
import { serveScript } from '../support/scoring-script.ts';
import { Stage } from '../support/stage.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const ratePerSecond = 50;
const outageMs = 6_000;

/** Conducts a run in real time, with the real prober on a real server that goes down some time after the fault is active. */
async function conduct(guard: Guard) {
  const folder = await mkdtemp(join(tmpdir(), 'samples-'));
  const samples = createSampleFiles({ folder, maxBytes: 256_000_000, log });
  const server = await serveScript();
  const guards = [guard, { kind: 'lost-sight', afterMs: 10_000 } as const];
  const { service } = sampleProposal();
  const scoring = { ...service.scoring, uri: server.uri, ratePerSecond, timeoutMs: 2_000 };
  // A few seconds decide this, also on a machine that is too busy to measure all that is due.
  const hypothesis = { ...sampleProposal().hypothesis, leastCoverage: 0 };
  const tolerances = [{ signal: 'availability', comparison: '>=', bound: 0.5 } as const];
  const stage = new Stage({
    service: { ...service, scoring },
    guards,
    baselineMs: 6_000,
    hypothesis: { ...hypothesis, tolerances },
  });
  stage.now = Date.now();
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const clock: MonotonicClock = {
    monotonicMs: () => performance.now(),
    now: () => (stage.now = Date.now()),
    sleep: async (durationMs, signal) => {
      await delay(durationMs, undefined, signal ? { signal } : {}).catch(() => undefined);
      stage.now = Date.now();
    },
  };
  const predictions = createProber({
    keyOf: () => undefined,
    readToken: () => Promise.reject(new Error('no identity')),
    log,
  });
  const deps = { ...stage.deps(), predictions, samples, clock };
  const end = () => {
    server.close();
    return rm(folder, { recursive: true });
  };
  const conducted = conductRun(id, deps, new AbortController().signal);
  while (!stage.wire.includes('fault-active')) {
    const ended = stage.run().end;
    if (ended) {
      await end();
      throw new Error(`It ended before the fault: ${ended.why}`);
    }
    await delay(10);
  }
  await delay(1_230);
  const downAt = Date.now();
  const played = server.play([{ mode: 'refuse', durationMs: outageMs }]).then(() => Date.now());
  const [upAt] = await Promise.all([played, conducted]);
  return { guard, run: stage.run(), downAt, upAt, clock, samples, end };
}

const cases: readonly Guard[] = [
  { kind: 'availability-floor', floor: 0.5, windowMs: 3_000 },
  { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 },
  { kind: 'consecutive-failures', count: 60 },
];

/** One beside the other: each takes as long as it takes. */
let conducted: Awaited<ReturnType<typeof conduct>>[] | undefined;
beforeAll(async () => {
  conducted = await Promise.all(cases.map(conduct));
});
afterAll(() => Promise.all((conducted ?? []).map(({ end }) => end())));

test.each(cases)(
  'a real run trips $kind again when it is replayed, at the same moment within a tick, and its outage is known to the millisecond',
  async (guard) => {
    const one = conducted?.find((each) => each.guard === guard);
    if (!one) throw new Error('not conducted');
    const { run, downAt, upAt, samples } = one;
    expect(run.trip?.guard).toEqual(guard);
    const kept = (await readAll(samples, run.id)).filter(isMeasured);
    const phases = [run.baseline, run.observed, run.recovered];
    const seconds = joinSeconds(phases.flatMap((phase) => (phase ? [phase.measurement] : [])));
    const recorded = seconds.reduce((sum, { sent }) => sum + sent, 0);
    expect(kept.length).toBe(recorded);
    expect(new Set(kept.map(({ phase }) => phase))).toEqual(
      new Set(['baseline', 'inject', 'observe', 'recover']),
    );

    const { by, trips } = await playGuards(run, run.proposal.guards, samples);
    expect(by).toMatchObject({ kind: 'samples' });
    const [first, lostSight] = trips;
    expect(lostSight?.trip).toBeUndefined();
    expect(first?.trip?.guard).toEqual(guard);
    // It trips at a look, and is written down when Azure was asked to end the fault.
    expect(Math.abs((first?.trip?.at ?? NaN) - (run.trip?.at ?? NaN))).toBeLessThanOrEqual(1_250);

    const [span, ...more] = listAllOutages(run);
    expect(more).toEqual([]);
    const heldUpMs = Math.max(
      ...phases.map((phase) => phase?.measurement.predictions.schedule?.maxErrorMs ?? 0),
    );
    // Of an outage in which this machine was held up, only whole seconds are known.
    const roundedMs = span?.exact ? 0 : 1_000;
    const mostOffMs = 2_000 / ratePerSecond + 2 * heldUpMs + 50 + roundedMs;
    expect(Math.abs((span?.from ?? NaN) - downAt)).toBeLessThan(mostOffMs);
    expect(Math.abs((span?.until ?? NaN) - upAt)).toBeLessThan(mostOffMs);
  },
);
