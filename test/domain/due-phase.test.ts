import { expect, test } from '@jest/globals';
import { createDuePhase } from '../../src/domain/due-phase.ts';
import { foldRun } from '../../src/domain/run.ts';
import { startOfTime } from '../support/proposal.ts';
import { reportJournals } from '../support/report-gallery.ts';

const journal = reportJournals.interrupted;
const run = foldRun(journal);
const { baseline, observed, recovered } = run;
if (!baseline || !observed || !recovered || !run.startRequestedAt) throw new Error('not measured');

test('a due time lies in a phase of the report, or between two', () => {
  const phaseOf = createDuePhase(run);
  expect(phaseOf(baseline.measurement.startedAt)).toBe('before');
  expect(phaseOf(baseline.measurement.endedAt)).toBe('checking');
  expect(phaseOf(run.startRequestedAt ?? 0)).toBe('preparing');
  expect(phaseOf(observed.measurement.startedAt - 1)).toBe('preparing');
  expect(phaseOf(observed.measurement.startedAt)).toBe('fault');
  expect(phaseOf(observed.measurement.endedAt - 1)).toBe('fault');
  expect(phaseOf(recovered.measurement.startedAt)).toBe('after');
  expect(phaseOf(recovered.measurement.endedAt)).toBe('later');
});

test('a boundary within a millisecond counts from its beginning, as due times are kept', () => {
  const { measurement, judgement } = observed;
  const startedAt = startOfTime + 60_000.7;
  const phaseOf = createDuePhase({
    ...run,
    observed: { measurement: { ...measurement, startedAt }, judgement },
  });
  expect([phaseOf(startOfTime + 59_999), phaseOf(startOfTime + 60_000)]).toEqual([
    'preparing',
    'fault',
  ]);
});

test('without a fault everything lies before it', () => {
  const [first] = journal;
  const phaseOf = createDuePhase(foldRun(first ? [first] : []));
  expect(phaseOf(startOfTime + 1e9)).toBe('before');
});
