import { describe, expect, test } from '@jest/globals';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { parseCommand } from '../../src/domain/parse-command.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import type { Ending } from '../../src/domain/run-event.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { reportJournals } from '../support/report-gallery.ts';

const vocabulary = { experiments: ['pod-failure'], services: ['diabetes'] };
const held = foldRun(reportJournals.held);
const rehearsed = foldRun(reportJournals.rehearsed);
const { proposal } = held;

/** The command at the end of a text. */
const read = (text: string) =>
  parseCommand(text.slice(text.search(/(\/chaos )?run pod-failure/)), vocabulary);

const asked = {
  kind: 'run',
  experiment: proposal.experiment,
  parameters: {
    service: proposal.service.name,
    durationMs: proposal.fault.durationMs,
    baselineMs: proposal.baselineMs,
    mode: proposal.fault.mode,
    hypothesis: proposal.hypothesis.title,
    tolerances: proposal.hypothesis.tolerances,
  },
} as const;

const toEnded = (run: Run, ending: Ending): Run => ({
  ...run,
  end: { ending, verdict: null, why: '', at: 0 },
});

/** A run whose baseline decided nothing, because this was not measured. */
function toUnmeasured(reasons: readonly ('restart' | 'paused' | 'no-token')[]): Run {
  const { baseline } = held;
  if (!baseline) throw new TypeError('The run was not measured.');
  const unmeasured = Object.fromEntries(reasons.map((reason) => [reason, 100]));
  const predictions = { ...baseline.measurement.predictions, unmeasured };
  const [tolerance] = proposal.hypothesis.tolerances;
  if (!tolerance) throw new TypeError('The run has no hypothesis.');
  const judged = { tolerance, finding: 'inconclusive', undecided: 'too-few-measured' } as const;
  return toEnded(
    {
      ...held,
      baseline: {
        steady: false,
        measurement: { ...baseline.measurement, predictions },
        judgement: { finding: 'inconclusive', tolerances: [{ ...judged, observed: 1 }] },
      },
    },
    'baseline-undecided',
  );
}

describe('a command that is offered', () => {
  test('repeats the run with all that it had been asked for', () => {
    expect(read(toNextSteps(toEnded(held, 'expired'))[0] ?? '')).toEqual(asked);
    expect(read(toReport(reportJournals.held, { version: '1' }).reproduce)).toEqual(asked);
  });

  test('rehearses what was rehearsed', () => {
    const again = read(toNextSteps(toEnded(rehearsed, 'rejected'))[0] ?? '');
    expect(again).toMatchObject({ kind: 'run', rehearsal: true });
    const report = toReport(reportJournals.rehearsed, { version: '1' });
    expect(read(report.reproduce)).toMatchObject({ rehearsal: true });
  });

  test('injects only after a rehearsal that went its whole way', () => {
    const [step = ''] = toNextSteps(toEnded(rehearsed, 'completed'));
    expect(step).toMatch(/^Inject it when you are ready: run /);
    expect(read(step)).toEqual(asked);
    const trip = { guard: { kind: 'lost-sight', afterMs: 1 }, reason: '', at: 0 } as const;
    for (const ending of ['not-steady', 'stopped', 'aborted'] as const)
      expect(toNextSteps({ ...toEnded(rehearsed, ending), trip }).join(' ')).not.toMatch(/Inject/);
  });

  test.each([
    [['restart'], /without a restart of the bot: run /],
    [['paused'], /machine has less to do or more CPU, so that the bot is not paused: run /],
    [['paused', 'restart'], /less to do or more CPU, and without a restart of the bot: run /],
    [['restart', 'no-token'], /^Find out why predictions were not measured/],
  ] as const)('says what has to be otherwise: %s', (reasons, words) => {
    expect(toNextSteps(toUnmeasured(reasons))[0]).toMatch(words);
  });
});
