import { beforeAll, describe, expect, test } from '@jest/globals';
import { joinSeconds } from '../../src/domain/join-seconds.ts';
import { tellOutcome, type Behaviour, type ScriptPart } from '../support/scripted-service.ts';
import { expectNothingLost, expectTruth } from '../support/truth/expect-truth.ts';
import {
  conductRealRun,
  type Moments,
  type RealRun,
  type RealRunOptions,
} from '../support/truth/real-run.ts';
import {
  countLostStraddling,
  countStraddling,
  listMeasured,
  listPhases,
} from '../support/truth/tell-truth.ts';

type Script = NonNullable<RealRunOptions['script']>;

const underFault =
  (behaviour: Behaviour): Script =>
  ({ faultAt = NaN, faultEndsAt = NaN }) => [{ from: faultAt, until: faultEndsAt, behaviour }];

const always =
  (behaviour: Behaviour): Script =>
  ({ baselineAt }) => [{ from: baselineAt, until: baselineAt + 600_000, behaviour }];

/** Short silences with as much between them. */
function bursts({ faultAt = NaN, faultEndsAt = NaN }: Moments): readonly ScriptPart[] {
  const count = Math.floor((faultEndsAt - faultAt) / 600) || 0;
  return Array.from({ length: count }, (_, index) => {
    const from = faultAt + index * 600;
    return { from, until: from + 300, behaviour: index % 2 === 0 ? 'hang' : { status: 503 } };
  });
}

const slow = [
  { share: 0.4, behaviour: { slowMs: 40 } },
  { share: 0.1, behaviour: { slowMs: 250 } },
  { share: 0.02, behaviour: { slowMs: 400 } },
  // Too slow.
  { share: 0.02, behaviour: { slowMs: 3_000 } },
] as const;
const halfDead = [
  { share: 0.3, behaviour: 'hang' },
  { share: 0.2, behaviour: 'reset' },
] as const;

const scripts: Readonly<Record<string, Script>> = {
  'bursts under the fault': bursts,
  'five per cent of noise all the time': always({
    mix: [{ share: 0.05, behaviour: { status: 503 } }],
  }),
  'slow answers all the time': always({ mix: slow }),
  'wrong answers under the fault': underFault({ mix: [{ share: 0.3, behaviour: 'wrong' }] }),
  'half-dead under the fault': underFault({ mix: halfDead }),
};
const cases = Object.entries(scripts).flatMap(([name, script]) =>
  [10, 100].map((ratePerSecond) => ({ name, ratePerSecond, script })),
);

const holeMs = 6_000;
/** Nothing is answered from before the start of the fault until after it. */
const holes = [5_000, 8_000].flatMap((timeoutMs) =>
  [10, 100].map((ratePerSecond) => ({ timeoutMs, ratePerSecond })),
);
const hole: Script = ({ faultAt = NaN }) => [
  { from: faultAt - holeMs / 2, until: faultAt + holeMs / 2, behaviour: 'hang' },
];

/** All at once: each takes as long as it takes. */
let conducted: ReadonlyMap<unknown, RealRun>;
beforeAll(async () => {
  const shared = { preparingMs: 6_000, baselineMs: 5_000 };
  const all = [
    ...cases.map((one) => [one, { ...shared, ...one, keptAliveShare: 0.3 }] as const),
    ...holes.map((one) => [one, { ...shared, ...one, faultMs: 10_000, script: hole }] as const),
  ];
  const runs = all.map(async ([key, options]) => [key, await conductRealRun(options)] as const);
  conducted = new Map(await Promise.all(runs));
}, 600_000);

function find(key: unknown): RealRun {
  const found = conducted.get(key);
  if (!found) throw new Error('not conducted');
  return found;
}

describe.each(cases)('$name at $ratePerSecond/s', (one) => {
  test('each phase counts what the service logged, and nothing is lost between them', () => {
    const real = find(one);
    expect(real.run.end).toMatchObject({ ending: 'completed' });
    expectTruth(real);
    expectNothingLost(real);
  });
});

describe.each(holes)('a black hole where the fault starts, time-out $timeoutMs ms', (one) => {
  test(`at ${one.ratePerSecond}/s is in the availability as the service knows it`, () => {
    const real = find(one);
    expectTruth(real);
    expectNothingLost(real);
    const { observed } = real.run;
    const { sent = NaN, good = NaN } = observed?.measurement.predictions ?? {};
    const { startedAt = NaN, endedAt = NaN } = observed?.measurement ?? {};
    const silent = real.log.filter(
      (request) =>
        request.arrivedAt >= startedAt &&
        request.arrivedAt < endedAt &&
        tellOutcome(request, one.timeoutMs) !== 'good',
    );
    // Half of the hole lies under the fault. What this machine could not measure is not in it, and the log does not know when a request was due.
    expect(silent.length).toBeGreaterThan(0);
    expect(sent - good).toBeGreaterThan(0);
    const span = { from: startedAt, until: endedAt };
    const straddling = countStraddling(real, span) + countLostStraddling(real, span);
    expect(sent - good).toBeLessThanOrEqual(silent.length + 1 + straddling);
    const notMeasured = Object.values(observed?.measurement.predictions.unmeasured ?? {});
    const most = notMeasured.reduce((sum, count) => sum + count, 1 + straddling);
    expect(silent.length - (sent - good)).toBeLessThanOrEqual(most);
  });

  test(`at ${one.ratePerSecond}/s is whole in the seconds of the report`, () => {
    const { run, ...real } = find(one);
    const seconds = joinSeconds(listPhases(run).map(({ measurement }) => measurement));
    const lost = seconds.reduce((sum, { sent, good }) => sum + sent - good, 0);
    const last = run.recovered?.measurement.endedAt ?? NaN;
    const trulyLost = listMeasured(real).filter(
      ({ outcome, dueAt }) => outcome !== 'good' && dueAt < last,
    );
    expect(lost).toBe(trulyLost.length);
  });
});
