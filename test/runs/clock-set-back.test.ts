import { describe, expect, test } from '@jest/globals';
import type { BlastRadiusPod } from '../../src/domain/proposal.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver, sampleProposal, startOfTime } from '../support/proposal.ts';
import { createMonitorStage, toMeasured } from '../support/recorded-run.ts';
import { beginOf, conductWithRestart } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

/** How long the stage takes to be back after a restart. */
const backAfterMs = 5_000;

test.each([
  [false, 0, 'held'],
  [true, 0, 'inconclusive'],
  [false, 1, 'deviated'],
  [true, 1, 'inconclusive'],
])(
  'decides nothing that was measured after it (set back: %s, lost: %d)',
  async (isSetBack, lost, verdict) => {
    const stage = new Stage({ guards: [] });
    stage.lossUnderFault = lost;
    const { id, digest } = stage.run();
    stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
    const deps = stage.deps();
    let setBack: ((behindMs: number) => void) | undefined;
    const predictions: typeof deps.predictions = {
      ...deps.predictions,
      start: (service, options) => {
        setBack = options.onClockTurnedBack;
        return deps.predictions.start(service, options);
      },
    };
    stage.onTick = () => {
      if (isSetBack && stage.run().phase === 'observe') setBack?.(60_000);
    };
    await conductRun(id, { ...deps, predictions }, new AbortController().signal);
    const { observed, end } = stage.run();
    expect(end?.verdict).toBe(verdict);
    if (!isSetBack) return;
    expect(observed?.judgement.tolerances.map(({ undecided }) => undecided)).toContain('misdated');
  },
);

test('decides nothing after a restart either, nor that the service did not come back in time', async () => {
  const stage = new Stage({ guards: [] });
  stage.lossUnderFault = 1;
  stage.silentAfterMs = 600_000;
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  let setBack: ((behindMs: number) => void) | undefined;
  const deps = () => {
    const given = stage.deps();
    const predictions: typeof given.predictions = {
      ...given.predictions,
      start: (service, options) => {
        setBack = options.onClockTurnedBack;
        return given.predictions.start(service, options);
      },
    };
    return { ...given, predictions };
  };
  stage.onTick = (current) => {
    const { phase, phaseSince } = current.run();
    if (phase !== 'observe') return;
    setBack?.(60_000);
    if (current.now < phaseSince + 20_000) return;
    current.onTick = () => undefined;
    current.kill();
  };
  const { signal } = new AbortController();
  await conductRun(id, deps(), signal).catch(() => undefined);
  stage.restart();
  await conductRun(id, deps(), signal);
  const { observed, recovered, end } = stage.run();
  expect(observed?.measurement.isClockSetBack).toBe(true);
  expect(recovered?.recovery).toMatchObject({ predictionsGoodAfterMs: null, isClockSetBack: true });
  expect(end).toMatchObject({
    verdict: 'inconclusive',
    why: expect.stringContaining("The bot's clock was set back"),
  });
});

test.each([
  ['under the fault', 30_000, 'observed'],
  ['in the last measurement', 72_000, 'recovered'],
] as const)(
  'decides nothing after a restart that came before its checkpoint: killed %s',
  async (_when, killAtMs, phase) => {
    const tolerance = { signal: 'availability', comparison: '>=', bound: 0.95 } as const;
    const hypothesis = { title: 'Predictions survive', tolerances: [tolerance] };
    const stage = new Stage({ guards: [], hypothesis });
    const run = await conductWithRestart(stage, { killAtMs, awayMs: -2 * backAfterMs });
    expect(run[phase]?.measurement.isClockSetBack).toBe(true);
    expect(run.injection?.mismatches ?? []).toEqual([]);
    expect(run.end?.verdict).toBe('inconclusive');
  },
);

describe('the guards of a run whose clock was set back', () => {
  const behindMs = 300_000;
  const at = (second: number) => startOfTime + second * 1_000;
  /** Under a fault for ten seconds, with everything seen; `second` is that of the predictions' clock, which goes on. */
  function watchUnderFault() {
    const stage = createMonitorStage({ at: at(0) });
    const { monitor } = stage;
    monitor.begin('baseline', at(0));
    monitor.begin('preparing', at(5));
    monitor.armGuards(at(5));
    const pods = sampleProposal().blastRadius.pods.map(toStatus);
    let last = 0;
    const look = (second: number, { lag = 0, seesPods = true, answers = true } = {}) => {
      stage.setNow(at(second) - lag);
      stage.show(pods, seesPods ? undefined : { code: 'connection-refused' });
      const results = answers ? [toMeasured(at(second) - 500)] : [];
      stage.deliver({ results, knownUntil: at(second) });
      last = second;
      return monitor.findTrip();
    };
    for (let second = 1; second <= 15; second += 1) expect(look(second)).toBeUndefined();
    stage.turnBack(behindMs);
    const goOn = (seconds: number, how: { seesPods?: boolean; answers?: boolean } = {}) =>
      Array.from({ length: seconds }, () => look(last + 1, { lag: behindMs, ...how }));
    return { goOn, checkpoint: monitor.checkpoint('observe') };
  }
  const toStatus = ({ name, uid, node }: BlastRadiusPod) => ({
    namespace: 'default',
    name,
    uid,
    node,
    ready: true,
    restarts: 0,
    terminating: false,
  });

  test('hold while all is seen', () => {
    const { goOn } = watchUnderFault();
    expect(goOn(60).filter((trip) => trip)).toEqual([]);
  });

  test('end the fault after a restart, too, where no predictions are seen any more', () => {
    const { checkpoint } = watchUnderFault();
    const stage = createMonitorStage({ checkpoint, at: at(15) - behindMs });
    stage.monitor.begin('preparing');
    stage.monitor.armGuards(at(5));
    const trips = Array.from({ length: 30 }, (_, second) => {
      stage.setNow(at(15 + second) - behindMs);
      stage.show(sampleProposal().blastRadius.pods.map(toStatus));
      return stage.monitor.findTrip();
    });
    expect(trips.some((trip) => trip?.reason.includes('of the predictions'))).toBe(true);
  });

  test.each([
    ['predictions', { answers: false }],
    ['pods', { seesPods: false }],
  ])('end the fault when nothing is seen of the %s any more', (what, how) => {
    const { goOn } = watchUnderFault();
    goOn(5);
    const trips = goOn(30, how);
    const [first] = trips.flatMap((trip, index) => (trip ? [{ ...trip, index }] : []));
    expect(first?.reason).toContain(`nothing was observed of the ${what}`);
    expect(first?.index).toBeLessThan(20);
  });
});

test('does not hold up the repeats of a cancel that led to nothing', async () => {
  const stage = new Stage({ guards: [] });
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  stage.onTick = ({ now }) => {
    const isDue = now >= beginOf(stage) + 10_000 && stage.run().stop === undefined;
    if (isDue) stage.append({ type: 'stop-requested', by: approver, via: { kind: 'command' } });
  };
  const deps = stage.deps();
  const behindMs = () => (stage.run().cancelRequestedAt === undefined ? 0 : 3_600_000);
  const clock = { ...deps.clock, now: () => stage.now - behindMs() };
  let asked = 0;
  const cancel: typeof deps.faults.cancel = () => {
    asked += 1;
    return Promise.resolve({ kind: 'accepted' });
  };
  const faults = { ...deps.faults, cancel };
  await conductRun(id, { ...deps, clock, faults }, new AbortController().signal);
  expect(asked).toBeGreaterThan(2);
});
