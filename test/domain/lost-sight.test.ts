import { expect, test } from '@jest/globals';
import type { Gap, SightGap } from '../../src/domain/measurement.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { printRepeat } from '../../src/domain/repeat-command.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { askGuards } from '../support/guard-watch.ts';
import { reportJournals } from '../support/report-gallery.ts';

const aborted = foldRun(reportJournals.aborted);
const guard = { kind: 'lost-sight', afterMs: 15_000 } as const;
const tripAt = (aborted.observed?.measurement.startedAt ?? 0) + 30_000;

/** A run whose fault was ended because nothing was observed, in which this was not measured, or not seen. */
function toBlind(gaps: readonly Gap[], sightGaps: readonly SightGap[] = []): Run {
  const { observed, end } = aborted;
  if (!observed || !end) throw new TypeError('The run was not measured.');
  const { measurement } = observed;
  const predictions = { ...measurement.predictions, gaps };
  const pods = { ...measurement.pods, gaps: sightGaps };
  return {
    ...aborted,
    trip: { guard, reason: 'nothing was observed of the predictions for 25s', at: tripAt },
    observed: { ...observed, measurement: { ...measurement, predictions, pods } },
    end: { ...end, verdict: 'inconclusive' },
  };
}

const span = { from: tripAt - 25_000, until: tripAt + 100 };
const repeat = printRepeat(aborted.proposal);

test.each([
  [
    'a restart',
    toBlind([{ ...span, due: 250, reason: 'restart' }]),
    `Run it again without a restart of the bot: ${repeat}`,
  ],
  [
    'a pause',
    toBlind([{ ...span, due: 250, reason: 'paused' }]),
    `Run it again when the bot's machine has less to do or more CPU, so that the bot is not paused: ${repeat}`,
  ],
  [
    'a Kubernetes API that was away',
    toBlind([], [{ ...span, cause: { code: 'connection-refused' } }]),
    `See to it that the bot can read the pods again (the Kubernetes API refuses connections), then repeat it: ${repeat}`,
  ],
  [
    'nothing that is known',
    toBlind([{ from: tripAt - 25_000, until: tripAt - 10_000, due: 150, reason: 'restart' }]),
    'Find out why nothing was observed, then repeat the experiment.',
  ],
])('after a guard that lost sight by %s, the next step fits it', (_what, run, step) => {
  expect(toNextSteps(run)).toEqual([step]);
});

test('a guard that loses sight by a restart says so, and by what else', () => {
  const ask = (sight: object) => askGuards([guard], [], { now: 30_000, ...sight })?.reason;
  const away = { predictionsAt: 5_000, resumedAt: 29_000 };
  expect(ask(away)).toBe('nothing was observed of the predictions for 25s: the bot was restarted');
  expect(ask({ predictionsAt: 5_000 })).toBe('nothing was observed of the predictions for 25s');
  expect(ask({ predictionsAt: 5_000, resumedAt: 6_000 })).not.toContain('restarted');
  const problem = { podsProblem: { code: 'connection-refused' } };
  expect(ask({ podsAt: 5_000, predictionsAt: 30_000, resumedAt: 29_000, ...problem })).toBe(
    'nothing was observed of the pods for 25s: the bot was restarted, and the Kubernetes API refuses connections',
  );
});
