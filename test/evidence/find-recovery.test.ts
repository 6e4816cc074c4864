import { describe, expect, test } from '@jest/globals';
import type { Outcome, PredictionResult } from '../../src/domain/prediction-result.ts';
import {
  findEarliestRecovery,
  findRecovery,
  type RecoverySearch,
} from '../../src/evidence/find-recovery.ts';
import { PredictionLedger } from '../../src/evidence/predictions/prediction-ledger.ts';
import { toRecoveryBounds } from '../../src/evidence/recovery-bounds.ts';
import { sampleMeasurement, sampleProposal } from '../support/proposal.ts';

const goneAt = 1_795_424_400_000;

type Fate = Outcome | 'unmeasured' | { readonly slowMs: number };

/** One after the other from the end of the fault on, `fateOf` counted from 0. */
function record(seconds: number, ratePerSecond: number, fateOf: (index: number) => Fate) {
  const ledger = new PredictionLedger({ ratePerSecond, latencyLimitsMs: [] });
  ledger.begin('waiting', goneAt);
  const everyMs = 1_000 / ratePerSecond;
  for (let second = 0; second < seconds; second += 1) {
    const results = Array.from({ length: ratePerSecond }, (_, next) => {
      const index = second * ratePerSecond + next;
      return toResult(goneAt + index * everyMs, fateOf(index));
    });
    ledger.take({ results, knownUntil: goneAt + (second + 1) * 1_000 });
  }
  return ledger;
}

function toResult(dueAt: number, fate: Fate): PredictionResult {
  if (fate === 'unmeasured')
    return { kind: fate, dueAt, knownAt: dueAt + 300, reason: 'sent-late' };
  const [outcome, latencyMs] =
    typeof fate === 'object' ? ['good' as const, fate.slowMs] : [fate, 8];
  const times = { dueAt, sentAt: dueAt, endedAt: dueAt + latencyMs, latencyMs };
  return { kind: 'measured', ...times, outcome, kept: false };
}

type Searched = Partial<RecoverySearch> & { readonly ratePerSecond: number };

const availability = [
  { keeps: ({ outcome }: { outcome: Outcome }) => outcome === 'good', share: 0.95 },
];

function search(ledger: PredictionLedger, change: Searched): RecoverySearch {
  return {
    goneAt,
    knownSince: ledger.knownSince,
    knownUntil: ledger.knownUntil,
    windowMs: 5_000,
    bounds: availability,
    leastCoverage: 0.95,
    arrivals: 'jittered',
    ...change,
  };
}

function find(ledger: PredictionLedger, change: Searched) {
  const found = findRecovery(ledger.between(goneAt, Infinity), search(ledger, change));
  if (!found) return undefined;
  const { at, notBefore } = found;
  return { afterMs: at - goneAt, ...(notBefore && { notBeforeMs: notBefore - goneAt }) };
}

describe('a recovery', () => {
  test('begins with the first prediction of a window in which enough is good', () => {
    const ledger = record(30, 10, (index) => (index < 123 ? 'timeout' : 'good'));
    expect(find(ledger, { ratePerSecond: 10 })).toEqual({ afterMs: 12_300 });
  });

  test('is not found in a time of which single predictions are no longer kept', () => {
    const ratePerSecond = 500;
    // Every second one fails, for longer than single predictions are kept.
    for (const seconds of [30, 60, 120, 200]) {
      const ledger = record(seconds, ratePerSecond, (index) => (index % 2 ? 'timeout' : 'good'));
      expect([seconds, find(ledger, { ratePerSecond })]).toEqual([seconds, undefined]);
    }
  });

  test('needs a prediction to be seen', () => {
    // One each eight seconds, and none in the first window.
    const ledger = new PredictionLedger({ ratePerSecond: 0.125, latencyLimitsMs: [] });
    ledger.begin('waiting', goneAt);
    ledger.take({
      results: [toResult(goneAt + 7_000, 'good')],
      knownUntil: goneAt + 13_000,
    });
    expect(find(ledger, { ratePerSecond: 0.125 })).toEqual({ afterMs: 7_000 });
  });

  test('needs as much to be measured as the hypothesis asks for, and no more', () => {
    const everyNth = (nth: number) =>
      record(20, 100, (index) => (index % nth === nth - 1 ? 'unmeasured' : 'good'));
    expect(find(everyNth(50), { ratePerSecond: 100 })).toMatchObject({ afterMs: 0 });
    expect(find(everyNth(10), { ratePerSecond: 100 })).toBeUndefined();
    expect(find(everyNth(10), { ratePerSecond: 100, leastCoverage: 0.9 })).toMatchObject({
      afterMs: 0,
    });
  });

  test('may have been at any time of a gap before it', () => {
    const ledger = record(40, 10, (index) => {
      if (index < 50) return 'timeout';
      return index < 200 ? 'unmeasured' : 'good';
    });
    const { afterMs = 0, notBeforeMs } = find(ledger, { ratePerSecond: 10 }) ?? {};
    expect(notBeforeMs).toBe(5_000);
    // A window may hold so much that was not measured.
    expect(afterMs).toBeGreaterThanOrEqual(20_000 - 250);
    expect(afterMs).toBeLessThanOrEqual(20_000);
  });

  test('was not in a gap after which the service was seen to fail for a whole window', () => {
    const failing = (until: number) =>
      record(40, 10, (index) => {
        if (index < 50) return 'timeout';
        if (index < 150) return 'unmeasured';
        return index < until ? 'timeout' : 'good';
      });
    expect(find(failing(210), { ratePerSecond: 10 })).toEqual({ afterMs: 21_000 });
    // A second of failures may as well be a new one.
    expect(find(failing(160), { ratePerSecond: 10 })).toMatchObject({ notBeforeMs: 5_000 });
    const due = failing(210).between(goneAt, goneAt + 20_500);
    const searched = search(failing(210), { ratePerSecond: 10, knownUntil: goneAt + 20_500 });
    expect(findEarliestRecovery(due, searched) - goneAt).toBe(20_500);
  });

  test('that is not over yet may have begun before the last losses, as many as the bound allows', () => {
    // Two of fifty are 4 %; what comes next may all be good.
    const ledger = record(10, 10, (index) =>
      index < 60 || index === 80 || index === 85 ? 'timeout' : 'good',
    );
    const earliest = findEarliestRecovery(
      ledger.between(goneAt, Infinity),
      search(ledger, { ratePerSecond: 10 }),
    );
    expect(earliest - goneAt).toBe(6_000);
  });
});

describe('the bounds of a recovery', () => {
  const toRun = (tolerances: ReturnType<typeof sampleProposal>['hypothesis']['tolerances']) => ({
    proposal: sampleProposal({ hypothesis: { title: 'steady', tolerances } }),
    baseline: {
      measurement: sampleMeasurement({ sent: 3_000, good: 2_970 }),
      judgement: { finding: 'held' as const, tolerances: [] },
      steady: true,
    },
  });

  test('are those of the hypothesis, for latency as well', () => {
    const bounds = toRecoveryBounds(
      toRun([
        { signal: 'availability', comparison: '>=', bound: 0.95 },
        { signal: 'p95', comparison: '<=', bound: 300 },
      ]),
    );
    const slow = record(60, 10, (index) => ({ slowMs: index < 200 ? 900 : 20 }));
    expect(find(slow, { ratePerSecond: 10, bounds })).toEqual({ afterMs: 19_800 + 200 });
  });

  test('allow wrong answers only as the hypothesis does', () => {
    const bounds = toRecoveryBounds(
      toRun([
        { signal: 'availability', comparison: '>=', bound: 0.5 },
        { signal: 'correct', comparison: '>=', bound: 1 },
      ]),
    );
    const wrong = record(60, 10, (index) => (index < 100 && index % 5 === 0 ? 'wrong' : 'good'));
    expect(find(wrong, { ratePerSecond: 10, bounds })).toEqual({ afterMs: 9_600 });
  });

  test('allow what failed before the fault, where the hypothesis says nothing of availability', () => {
    const bounds = toRecoveryBounds(toRun([{ signal: 'p95', comparison: '<=', bound: 300 }]));
    const noisy = record(60, 100, (index) => (index % 100 === 50 ? 'timeout' : 'good'));
    expect(find(noisy, { ratePerSecond: 100, bounds })).toEqual({ afterMs: 0 });
    const worse = record(60, 100, (index) => (index % 20 === 10 ? 'timeout' : 'good'));
    expect(find(worse, { ratePerSecond: 100, bounds })).toBeUndefined();
  });
});
