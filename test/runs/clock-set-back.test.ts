import { describe, expect, test } from '@jest/globals';
import type { BlastRadiusPod } from '../../src/domain/proposal.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver, sampleProposal, startOfTime } from '../support/proposal.ts';
import { createMonitorStage, toMeasured } from '../support/recorded-run.ts';
import { Stage } from '../support/stage.ts';

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
    return { goOn };
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
