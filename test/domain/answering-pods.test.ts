import { describe, expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import { foldRun, type Judged, type Run } from '../../src/domain/run.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { reportJournals } from '../support/report-gallery.ts';

const run = foldRun(reportJournals.held);
const own = run.proposal.blastRadius.pods.map(({ name }) => name);
const hit = run.faultSeen?.pod ?? '';

/** How many predictions each pod answered. */
type Answers = Readonly<Record<string, number>>;

/** The run with what each pod answered before the fault and under it. */
function answer(before: Answers, during: Answers = before): Run {
  const { baseline, observed } = run;
  if (!baseline || !observed) throw new TypeError('The run was not measured.');
  return {
    ...run,
    baseline: { ...baseline, ...name(baseline, before) },
    observed: { ...observed, ...name(observed, during) },
  };
}

function name({ measurement }: Judged, answers: Answers): Pick<Judged, 'measurement'> {
  const pods = Object.entries(answers).map(([pod, sent]) => ({
    pod,
    sent,
    good: sent,
    failures: {},
  }));
  return { measurement: { ...measurement, predictions: { ...measurement.predictions, pods } } };
}

const say = (one: Run) => {
  const headline = toHeadline(one);
  return headline && printHeadline(headline);
};
const others = own.filter((pod) => pod !== hit);
const evenly = (pods: readonly string[]) => Object.fromEntries(pods.map((pod) => [pod, 100]));
const harder = expect.stringMatching(/^Make it harder/);

describe('answers that name their pods', () => {
  test('let a run hold where they come from the service', () => {
    const usual = answer(evenly(own));
    expect(concludeRun(usual).verdict).toBe('held');
    expect(say(usual)).toMatch(/users would hardly have noticed\.$/);
    expect(toNextSteps(usual)).toContainEqual(harder);
    expect(concludeRun(answer({ ...evenly(own), 'staging-a': 200 })).verdict).toBe('held');
    expect(concludeRun(answer({ 'staging-a': 5 })).verdict).toBe('held');
  });

  test('let no run hold where they come from another service', () => {
    const foreign = answer({ 'staging-a': 150, 'staging-b': 150, [own[0] ?? '']: 2 });
    const { verdict, why } = concludeRun(foreign);
    expect(verdict).toBe('inconclusive');
    expect(why).toBe(
      'The answers name staging-a, staging-b, which are no pods of diabetes: another service may have been measured. Check the scoring address and podHeader.',
    );
    expect(say(foreign)).toMatch(
      /while one pod was down\. The answers name no pod of the service, so another one may have been measured\.$/,
    );
    const judged = run.end && { ...foreign, end: { ...run.end, verdict } };
    expect(judged && toNextSteps(judged)).toEqual([
      'Check the scoring address and podHeader in chaos.yaml, then repeat the experiment.',
    ]);
  });

  test('tell where no pod that was hit had answered before', () => {
    const unreached = answer(evenly(others));
    expect(concludeRun(unreached).verdict).toBe('held');
    expect(say(unreached)).toMatch(
      /explains them\. No pod that was hit had answered a prediction before the fault, so this says little about losing one that does\.$/,
    );
    expect(toNextSteps(unreached)).not.toContainEqual(harder);
    expect(toNextSteps(unreached)[0]).toBe(
      `Find out why ${hit} had answered none of the predictions before the fault.`,
    );
    // It came when the fault was prepared, and answered then.
    const { recovered, baseline } = unreached;
    if (!recovered || !baseline) throw new TypeError('The run was not measured.');
    const pods = [{ pod: hit, sent: 9, good: 9, failures: {} }];
    const preparing = { ...baseline.measurement.predictions, sent: 9, good: 9, pods };
    const reached = { ...unreached, recovered: { ...recovered, preparing } };
    expect(toNextSteps(reached)).toContainEqual(harder);
    // Too few answers to exclude chance.
    expect(toNextSteps(answer({ [others[0] ?? '']: 50 }))).toContainEqual(harder);
  });
});
