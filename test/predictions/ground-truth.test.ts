import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { ScoringService } from '../../src/domain/catalogue.ts';
import { countDue } from '../../src/domain/measurement.ts';
import { createProber } from '../../src/predictions/prober.ts';
import { startMeasuring } from '../support/measure-predictions.ts';
import { sampleProposal } from '../support/proposal.ts';
import {
  createScript,
  lengthOf,
  serveScript,
  serviceTimeMs,
  readTrueP99,
  tellTruths,
  type ScriptedServer,
} from '../support/scoring-script.ts';

const timeoutMs = 250;
const ratePerSecond = 100;
const outageMs = 500;
/** Two predictions at either end of a part, and those due while the thread of the server or that of the prober was held up. */
const mostOff = (heldUpMs: number) => 4 + (2 * heldUpMs * ratePerSecond) / 1_000;

let server: ScriptedServer | undefined;
afterEach(() => server?.close());

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const probe = createProber({
  keyOf: () => undefined,
  readToken: () => Promise.reject(new Error('no identity')),
  log: silent,
});

describe('against a scripted scoring server', () => {
  test.each([1, 20_261_123])('the report equals the script of seed %d', async (seed) => {
    server = await serveScript();
    const { service } = sampleProposal();
    const scoring = { ...service.scoring, uri: server.uri, ratePerSecond, timeoutMs };
    const probed: ScoringService = { ...service, scoring };
    expect(await probe.probeOnce(probed)).toMatchObject({ good: 1 });
    const script = createScript(seed, outageMs);
    const session = await startMeasuring(probe, probed);
    const loop = monitorEventLoopDelay({ resolution: 1 });
    loop.enable();
    const playing = server.play(script);
    await delay(lengthOf(script) - 5);
    const measured = await session.stop();
    await playing;

    const truths = tellTruths(script, { ratePerSecond, timeoutMs });
    const heldUpMs = Math.max(measured.schedule?.maxErrorMs ?? NaN, loop.max / 1e6);
    loop.disable();
    const truth = countKinds(truths.map(({ outcome }) => outcome));
    // What this machine did not measure is in the script, and not in the report.
    const most = mostOff(heldUpMs) + countDue(measured) - measured.sent;
    const ours = { good: measured.good, ...measured.failures };
    expect(Object.keys(ours).toSorted()).toEqual(Object.keys(truth).toSorted());
    for (const [kind, count] of Object.entries(truth)) {
      const off = Math.abs((ours[kind as 'good'] ?? 0) - count);
      expect([kind, off, off <= most]).toEqual([kind, off, true]);
    }
    expect(Math.abs(measured.sent - truths.length)).toBeLessThanOrEqual(most);
    // A closed loop would see the stall once; an open one sees everybody who came during it.
    const p99Ms = readTrueP99(truths);
    expect(p99Ms).toBeGreaterThan(20 * serviceTimeMs);
    expect(Math.abs((measured.latency?.p99Ms ?? NaN) - p99Ms)).toBeLessThan(30 + 2 * heldUpMs);
    expect(measured.latency?.p50Ms).toBeGreaterThanOrEqual(serviceTimeMs);
  });
});

function countKinds(kinds: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
