import { expect, test } from '@jest/globals';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
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
  let setBack: (() => void) | undefined;
  const predictions: typeof deps.predictions = {
    ...deps.predictions,
    start: (service, options) => {
      setBack = options.onClockTurnedBack;
      return deps.predictions.start(service, options);
    },
  };
  stage.onTick = () => {
    if (isSetBack && stage.run().phase === 'observe') setBack?.();
  };
  await conductRun(id, { ...deps, predictions }, new AbortController().signal);
  const { observed, end } = stage.run();
  expect(end?.verdict).toBe(verdict);
  if (!isSetBack) return;
  expect(observed?.judgement.tolerances.map(({ undecided }) => undecided)).toContain('misdated');
});
