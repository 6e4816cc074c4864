import { beforeAll, expect, test } from '@jest/globals';
import { listAllOutages } from '../../src/domain/attribution.ts';
import { toOutageRule } from '../../src/domain/outages.ts';
import type { Hypothesis } from '../../src/domain/hypothesis.ts';
import type { MeasuredPrediction } from '../../src/domain/prediction-result.ts';
import { toScores } from '../../src/evidence/statistics/outage-scoring.ts';
import type { ScriptPart } from '../support/scripted-service.ts';
import { expectNothingLost, expectTruth } from '../support/truth/expect-truth.ts';
import { conductRealRun, type Moments, type RealRun } from '../support/truth/real-run.ts';
import { isDueIn, listMeasured, listPhases } from '../support/truth/tell-truth.ts';

const kinds = ['hang', 'refuse', 'drop-syn'] as const;
type Kind = (typeof kinds)[number];

/** How long the service is away at the end of the baseline, at the start and the end of the fault and when the last measurement begins. */
type Plan = {
  readonly name: string;
  readonly ratePerSecond: number;
  readonly outages: readonly [ms: number, kind: Kind][];
};

const lengthsMs = [300, 1_000, 5_000, 13_000];
/** Each length at each boundary. */
const squares = lengthsMs.map((_, row) =>
  lengthsMs.map((__, at) => lengthsMs[(row + at) % 4] ?? 0),
);

const plans: readonly Plan[] = [
  ...kinds.flatMap((kind) => squares.map((lengths) => toPlan(10, lengths, () => kind))),
  ...squares.map((lengths, row) => toPlan(100, lengths, (at) => kinds[(row + at) % 3] ?? 'hang')),
];

function toPlan(
  ratePerSecond: number,
  lengths: readonly number[],
  kindAt: (index: number) => Kind,
): Plan {
  const outages = lengths.map((ms, index): [number, Kind] => [ms, kindAt(index)]);
  const name = `${ratePerSecond}/s: ${outages.map(([ms, kind]) => `${kind} ${ms / 1_000} s`).join(', ')}`;
  return { name, ratePerSecond, outages };
}

/** Between two outages: so that they are two. */
const apartMs = 3_500;
const goodAgainWindowMs = 5_000;
/** Without a bound for availability no fault would be started where more fails than in the baseline. */
const least = 0.8;
const hypothesis: Hypothesis = {
  title: 'Some predictions succeed',
  leastCoverage: 0,
  tolerances: [{ signal: 'availability', comparison: '>=', bound: least }],
};
/** How long before the end of the baseline its outage begins at most. No fault is started after three seconds of outage, and such a run has no other boundaries. */
const mostBeforeMs = 300;
const toBeforeMs = (ms: number) => Math.min(ms / 2, mostBeforeMs);

function conduct({ ratePerSecond, outages }: Plan): Promise<RealRun> {
  const [first = 0, second = 0, third = 0] = outages.map(([ms]) => ms);
  return conductRealRun({
    ratePerSecond,
    hypothesis,
    baselineMs: 4 * apartMs + toBeforeMs(first),
    preparingMs: first - toBeforeMs(first) + apartMs + second / 2,
    faultMs: second / 2 + apartMs + third / 2,
    script: (moments) => toScript(outages, moments),
  });
}

function toScript(
  outages: Plan['outages'],
  { baselineEndsAt, faultAt = NaN, faultEndsAt = NaN }: Moments,
): readonly ScriptPart[] {
  const [, , [thirdMs] = [0]] = outages;
  // Recovery is known as soon as few enough failed in its window.
  const lastAt = faultEndsAt + thirdMs / 2 + least * goodAgainWindowMs;
  const middles = [baselineEndsAt, faultAt, faultEndsAt];
  return outages.flatMap(([ms, behaviour], index): ScriptPart[] => {
    const beforeMs = index === 0 ? toBeforeMs(ms) : ms / 2;
    const from = index === 3 ? lastAt : (middles[index] ?? NaN) - beforeMs;
    return Number.isFinite(from) ? [{ from, until: from + ms, behaviour }] : [];
  });
}

/** Where this machine takes seconds to start a fault, the outage at the end of the baseline keeps it from being started: then it is tried again. */
const isStarted = ({ run }: RealRun): boolean =>
  run.phase === 'ended' && run.startRequestedAt !== undefined;
const mostTries = 4;

/** All at once, as each takes as long as it takes; those that were not started once more afterwards, when this machine has less to do. */
let conducted: ReadonlyMap<string, RealRun>;
beforeAll(async () => {
  const all = new Map(
    await Promise.all(plans.map(async (plan) => [plan.name, await conduct(plan)] as const)),
  );
  for (const plan of plans)
    for (let tries = 1; tries < mostTries && !isStarted(all.get(plan.name)!); tries += 1)
      all.set(plan.name, await conduct(plan));
  conducted = all;
}, 900_000);

function find({ name }: Plan): RealRun {
  const found = conducted.get(name);
  if (!found) throw new Error('not conducted');
  return found;
}

test.each(plans)('$name: each phase counts what the service logged', (plan) => {
  const real = find(plan);
  expect(real.run.end).toMatchObject({ ending: 'completed' });
  expect(listPhases(real.run)).toHaveLength(3);
  expectTruth(real);
});

test.each(plans)('$name: nothing is lost between phases', (plan) => {
  expectNothingLost(find(plan));
});

test.each(plans)('$name: outages begin and end within one prediction', (plan) => {
  const real = find(plan);
  const found = listAllOutages(real.run).map(({ from, until, exact }) => ({ from, until, exact }));
  for (const part of toScript(plan.outages, real.moments)) {
    const { first, good, lost } = findLost(real, part);
    if (!first) continue;
    const here = found.find((outage) => outage.from <= first.dueAt && first.dueAt < outage.until);
    // Where losses are as frequent in the baseline, short ones are background and no outage.
    if (!here) {
      expect([part, lost, isTellable(real, lost)]).toEqual([part, lost, false]);
      continue;
    }
    // Next to what could not be measured, only whole seconds are known.
    if (good && !here.exact && areUnmeasured(real)) continue;
    // That each prediction came out as the service logged it is tested above: so these are the edges of its log.
    expect({ found, here }).toEqual({
      found,
      here: {
        from: Math.floor(first.dueAt),
        until: good ? Math.floor(good.dueAt) : expect.any(Number),
        exact: good ? true : undefined,
      },
    });
  }
});

/** Whether a busy machine kept anything from being measured. */
const areUnmeasured = ({ run }: RealRun) =>
  listPhases(run).some(({ measurement: { seconds } }) =>
    seconds.some(({ unmeasured = 0 }) => unmeasured > 0),
  );

/** Whether so many losses in a row are an outage, whatever was good in the seconds in which they begin and end. */
function isTellable({ run, options: { ratePerSecond } }: RealRun, lost: number): boolean {
  const rule = toOutageRule(run);
  if (rule?.cleanOf !== undefined) return true;
  const scores = rule && toScores(rule);
  return (
    scores !== undefined && lost * scores.lost + 2 * ratePerSecond * scores.good >= scores.limit
  );
}

/** The first prediction that was lost to a part of the script, and the first good one after the last, in order of due time. */
function findLost(real: RealRun, { from, until, behaviour }: ScriptPart) {
  const { startedAt = 0 } = real.run.baseline?.measurement ?? {};
  const { endedAt = 0 } = real.run.recovered?.measurement ?? {};
  const all = listMeasured(real)
    .filter(isDueIn({ from: startedAt, until: endedAt }))
    .toSorted((one, other) => one.dueAt - other.dueAt);
  const isHit = ({ sentAt, dueAt, outcome }: MeasuredPrediction) =>
    outcome !== 'good' && sentAt > from - apartMs / 2 && dueAt < until + apartMs / 2;
  const last = all.findLastIndex(isHit);
  const first = all.find(isHit);
  // Of a small outage where connections only queued, nothing is lost.
  if (!first && behaviour !== 'drop-syn' && endedAt > until) {
    const within = all.filter(({ sentAt }) => sentAt > from && sentAt < until);
    expect(within).toEqual([]);
  }
  return { first, good: all[last + 1], lost: all.filter(isHit).length };
}
