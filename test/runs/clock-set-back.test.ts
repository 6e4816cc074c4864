import { describe, expect, test } from '@jest/globals';
import type { BlastRadiusPod } from '../../src/domain/proposal.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver, sampleProposal, startOfTime } from '../support/proposal.ts';
import { createMonitorStage, toMeasured } from '../support/recorded-run.ts';
import { Stage } from '../support/stage.ts';

test.each([
  [false, 'held'],
  [true, 'inconclusive'],
])('lets nothing hold that was measured after it (set back: %s)', async (isSetBack, verdict) => {
  const stage = new Stage();
  stage.lossUnderFault = 0;
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
