import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { countDue } from '../../../src/domain/measurement.ts';
import type {
  MeasuredPrediction,
  PredictionResult,
} from '../../../src/domain/prediction-result.ts';
import {
  PredictionLedger,
  type LedgerState,
} from '../../../src/evidence/predictions/prediction-ledger.ts';

const everyMs = 100;
const ratePerSecond = 1_000 / everyMs;
const start = 1_795_424_400_000;
const spans = ['baseline', 'inject', 'observe', 'waiting', 'recover'] as const;

type Scripted = {
  readonly dueAt: number;
  readonly knownAfterMs: number;
  readonly kind: 'good' | 'lost' | 'unmeasured';
};

const options = { ratePerSecond, latencyLimitsMs: [250] };

function toResult({ dueAt, knownAfterMs, kind }: Scripted): PredictionResult {
  const endedAt = dueAt + knownAfterMs;
  return kind === 'unmeasured'
    ? { kind, dueAt, knownAt: endedAt, reason: 'sent-late' }
    : {
        kind: 'measured',
        dueAt,
        sentAt: dueAt,
        endedAt,
        latencyMs: knownAfterMs,
        outcome: kind === 'good' ? 'good' : 'timeout',
        kept: false,
      };
}

/** One prediction each 100 ms, known in any order; what is known at a time is delivered then. */
class Script {
  readonly predictions: readonly Scripted[];
  #delivered = 0;

  constructor(kinds: readonly Pick<Scripted, 'kind' | 'knownAfterMs'>[]) {
    this.predictions = kinds.map((each, index) => ({ ...each, dueAt: start + index * everyMs }));
  }

  /** Delivers what became known until `now`, of that which was due since `from`. */
  deliver(ledger: PredictionLedger, now: number, from = start): void {
    const isKnown = ({ dueAt, knownAfterMs }: Scripted) => dueAt + knownAfterMs < now;
    const due = this.predictions.filter(({ dueAt }) => dueAt >= from && dueAt < now);
    const known = due
      .filter((each) => isKnown(each) && each.dueAt + each.knownAfterMs >= this.#delivered)
      .toSorted((one, other) => one.dueAt + one.knownAfterMs - other.dueAt - other.knownAfterMs);
    const knownUntil = due.find((each) => !isKnown(each))?.dueAt ?? now;
    this.#delivered = now;
    ledger.take({ results: known.map(toResult), knownUntil: Math.max(from, knownUntil) });
  }
}

const kinds = fc.array(
  fc.record({
    kind: fc.constantFrom<Scripted['kind']>('good', 'good', 'good', 'lost', 'unmeasured'),
    knownAfterMs: fc.integer({ min: 1, max: 3_000 }),
  }),
  { minLength: 100, maxLength: 300 },
);

/** Four cuts of the time of a script, in order, as shares of it. */
const cuts = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 })
  .map((shares) => shares.toSorted((one, other) => one - other));

function expectTruth(ledger: PredictionLedger, script: Script, bounds: readonly number[]) {
  for (const [index, name] of spans.entries()) {
    const [from = start, until = Infinity] = [bounds[index], bounds[index + 1]];
    const due = script.predictions.filter(({ dueAt }) => dueAt >= from && dueAt < until);
    const of = (kind: Scripted['kind']) => due.filter((each) => each.kind === kind).length;
    const measured = ledger.measurement(name);
    expect([name, measured.sent, measured.good]).toEqual([
      name,
      of('good') + of('lost'),
      of('good'),
    ]);
    expect(countDue(measured)).toBe(due.length);
  }
}

describe('a ledger of predictions', () => {
  test('accounts for each in the span in which it was due, whenever spans begin and results come', () => {
    const property = fc.property(
      kinds,
      cuts,
      fc.integer({ min: 0, max: 3_000 }),
      (all, shares, backMs) => {
        const script = new Script(all);
        const end = start + all.length * everyMs;
        const bounds = [start, ...shares.map((share) => Math.floor(start + share * (end - start)))];
        const ledger = new PredictionLedger(options);
        let begun = 0;
        for (let now = start; now < end + 5_000; now += 250) {
          // Each begins up to three seconds after the time at which it is said to begin.
          for (let at = bounds[begun]; at !== undefined && at + backMs <= now; at = bounds[begun]) {
            ledger.begin(spans[begun] ?? '', at);
            begun += 1;
          }
          script.deliver(ledger, now);
        }
        for (; begun < spans.length; begun += 1)
          ledger.begin(spans[begun] ?? '', bounds[begun] ?? end);
        expectTruth(ledger, script, bounds);
      },
    );
    expect(() => fc.assert(property, { numRuns: 60 })).not.toThrow();
  });

  test('has the time of a restart as a gap, and the rest as if there had been none', () => {
    const property = fc.property(
      kinds,
      fc.double({ min: 0.2, max: 0.6, noNaN: true }),
      fc.integer({ min: 0, max: 8_000 }),
      (all, share, awayMs) => {
        const script = new Script(all);
        const end = start + all.length * everyMs;
        const diesAt = start + Math.floor(share * all.length) * everyMs;
        const first = new PredictionLedger(options);
        first.begin('baseline', start);
        for (let now = start; now <= diesAt; now += 250) script.deliver(first, now);
        const state = JSON.parse(JSON.stringify(first.state())) as LedgerState;

        const backAt = diesAt + awayMs;
        const second = new PredictionLedger({ ...options, resumeFrom: state });
        for (let now = backAt; now < end + 5_000; now += 250) script.deliver(second, now, backAt);
        const { sent, good, gaps = [], ...rest } = second.measurement('baseline');
        const isSeen = ({ dueAt }: Scripted) => dueAt < state.until || dueAt >= backAt;
        const seen = script.predictions.filter(
          (each) => isSeen(each) && each.kind !== 'unmeasured',
        );
        expect([sent, good]).toEqual([
          seen.length,
          seen.filter(({ kind }) => kind === 'good').length,
        ]);
        const away = gaps.find(({ reason }) => reason === 'restart');
        expect([away?.from, away?.until]).toEqual([state.until, backAt]);
        const due = Math.max(end, backAt) - start;
        expect(Math.abs(countDue({ sent, ...rest }) - due / everyMs)).toBeLessThanOrEqual(1);
      },
    );
    expect(() => fc.assert(property, { numRuns: 60 })).not.toThrow();
  });

  test('counts the seconds of a gap as due and not measured', () => {
    const ledger = new PredictionLedger(options);
    ledger.begin('baseline', start);
    ledger.take({
      results: [
        {
          kind: 'unmeasured-span',
          from: start + 500,
          until: start + 2_500,
          count: 20,
          reason: 'paused',
        },
      ],
      knownUntil: start + 3_000,
    });
    expect(ledger.seconds().map(({ sent, unmeasured }) => [sent, unmeasured])).toEqual([
      [0, 5],
      [0, 10],
      [0, 5],
    ]);
  });

  test('keeps its counts when it keeps single predictions no longer', () => {
    const ledger = new PredictionLedger(options);
    ledger.begin('baseline', start);
    const due = 30_000;
    for (let index = 0; index < due; index += 100) {
      const results = Array.from({ length: 100 }, (_, next): MeasuredPrediction => {
        const dueAt = start + (index + next) * everyMs;
        const outcome = (index + next) % 10 === 0 ? 'timeout' : 'good';
        const times = { dueAt, sentAt: dueAt, endedAt: dueAt + 5, latencyMs: 5 };
        return { kind: 'measured', ...times, outcome, kept: false };
      });
      ledger.take({ results, knownUntil: start + (index + 100) * everyMs });
    }
    const { sent, good, lossRuns } = ledger.measurement('baseline');
    expect([sent, good, lossRuns]).toEqual([due, due * 0.9, due / 10]);
    expect(ledger.between(start, Infinity).length).toBeLessThanOrEqual(25_000);
  });
});

/** So many a second, all known at once, of which `isGood` says whether they were good. */
function fill(
  ledger: PredictionLedger,
  { seconds, perSecond }: { readonly seconds: number; readonly perSecond: number },
  isGood: (second: number) => boolean,
): void {
  for (let second = 0; second < seconds; second += 1) {
    const results = Array.from({ length: perSecond }, (_, index): MeasuredPrediction => {
      const dueAt = start + second * 1_000 + (index * 1_000) / perSecond;
      const times = { dueAt, sentAt: dueAt, endedAt: dueAt + 5, latencyMs: 5 };
      return {
        kind: 'measured',
        ...times,
        outcome: isGood(second) ? 'good' : 'refused',
        kept: false,
      };
    });
    ledger.take({ results, knownUntil: start + (second + 1) * 1_000 });
    // Cards and checkpoints look at it meanwhile.
    if (second % 7 === 0) ledger.progress('observe');
    if (second % 2 === 0) ledger.state();
  }
}

test.each([10, 100, 500])(
  'ends a span where it ended although that is told 100 s later, at %s/s',
  (perSecond) => {
    const ledger = new PredictionLedger({ ...options, ratePerSecond: perSecond });
    ledger.begin('observe', start);
    fill(ledger, { seconds: 160, perSecond }, (second) => second >= 60);
    ledger.begin('waiting', start + 60_000);
    expect(ledger.measurement('observe')).toMatchObject({ sent: 60 * perSecond, good: 0 });
    expect(ledger.measurement('waiting')).toMatchObject({
      sent: 100 * perSecond,
      good: 100 * perSecond,
    });
    const [{ tally } = {}] = ledger.state().spans;
    expect(tally).toMatchObject({ sent: 60 * perSecond, good: 0, lossRuns: 1 });
  },
);

test('counts of a gap over the end of a span the part in each, also when single predictions are no longer kept', () => {
  const ledger = new PredictionLedger(options);
  ledger.begin('observe', start);
  const gap = { kind: 'unmeasured-span', reason: 'restart' } as const;
  ledger.take({
    results: [{ ...gap, from: start, until: start + 10_000, count: 100 }],
    knownUntil: start + 10_000,
  });
  ledger.begin('waiting', start + 4_000);
  for (let index = 0; index < 30_000; index += 100) {
    const results = Array.from({ length: 100 }, (_, next): MeasuredPrediction => {
      const dueAt = start + 10_000 + (index + next) * everyMs;
      const times = { dueAt, sentAt: dueAt, endedAt: dueAt + 5, latencyMs: 5 };
      return { kind: 'measured', ...times, outcome: 'good', kept: false };
    });
    ledger.take({ results, knownUntil: start + 10_000 + (index + 100) * everyMs });
  }
  expect(ledger.knownSince).toBeGreaterThan(start + 10_000);
  expect(ledger.measurement('observe').unmeasured).toEqual({ restart: 40 });
  expect(ledger.measurement('waiting')).toMatchObject({
    sent: 30_000,
    unmeasured: { restart: 60 },
  });
});

test('moves the beginning of a span with the predictions that were due since', () => {
  const ledger = new PredictionLedger(options);
  ledger.begin('inject', start);
  const results = Array.from({ length: 100 }, (_, index): MeasuredPrediction => {
    const dueAt = start + index * everyMs;
    const outcome = index >= 40 && index < 60 ? 'refused' : 'good';
    const times = { dueAt, sentAt: dueAt, endedAt: dueAt + 5, latencyMs: 5 };
    return { kind: 'measured', ...times, outcome, kept: false };
  });
  ledger.take({ results, knownUntil: start + 10_000 });
  ledger.begin('observe', start + 6_000);
  ledger.redate('observe', start + 4_000);
  expect(ledger.measurement('inject')).toMatchObject({ sent: 40, good: 40 });
  expect(ledger.measurement('observe')).toMatchObject({ sent: 60, good: 40 });
  ledger.redate('observe', start - 5_000);
  expect(ledger.measurement('observe').sent).toBe(100);
});
