import { printDuration, printLeastDuration } from './duration.ts';
import { printTolerance } from './hypothesis.ts';
import { defaultLeastCoverage } from './coverage.ts';
import { findMetric } from './metric.ts';
import type { MeasuredPhase, OpenQuestion } from './open-questions.ts';
import { leastRead, leastValues, toReadShare } from './judge-metric.ts';
import { toBound } from './plan-decision.ts';
import { power, printSupposed, type Need } from './sample-size.ts';
import type { Run } from './run.ts';
import { mostBaselineMs } from './tailor-experiment.ts';

const phaseWords: Readonly<Record<MeasuredPhase, string>> = {
  baseline: 'before the fault',
  observed: 'during the fault',
  recovered: 'after the fault',
};

/** Returns why a tolerance could not be decided, in one sentence. */
export function explainUndecided(open: OpenQuestion, run: Run): string {
  const { undecided, tolerance, coverage = 0, problem, needs } = open;
  const [when, bound] = [phaseWords[open.phase], printTolerance(tolerance)];
  const least = run.proposal.hypothesis.leastCoverage ?? defaultLeastCoverage;
  switch (undecided) {
    case 'no-value':
      return `${bound} could not be told: ${problem ?? 'it had no value'}.`;
    case 'too-few-values':
      return explainTooFewValues(open, run);
    case 'nothing-measured':
      return `No prediction was measured ${when} that could decide ${bound}.`;
    case 'too-few-measured': {
      const measured = `Only ${printCoverage(coverage)} of the predictions due ${when} were measured`;
      if (isBrokenByMeasured(open, run))
        return `${measured}. They broke ${bound}, but it may have held if all the others were good.`;
      const isAll = coverage >= least;
      const consequence = isAll ? `${bound} can't be` : 'nothing can be';
      const needed = printSupposed(isAll ? 1 : least);
      return `${measured} (${needed} are needed), so ${consequence} said to have held.`;
    }
    case 'misdated':
      return `It is not known well enough what was measured ${when}, so it can't be said whether ${bound} held: the bot or Azure was away, pods were not seen, another pod was hit shortly before, or the clock was set.`;
    case 'too-few-answered':
      return `Only ${printCoverage(coverage)} of the predictions due ${when} were answered (${printSupposed(least)} are needed), so ${bound} can't be said to have held.`;
    case 'pods-unseen':
      return `Pods were seen for only ${printCoverage(coverage)} of the time ${when} (${printSupposed(least)} is needed), so ${bound} can't be said to have held.`;
    case 'measuring-error':
    case undefined:
      return problem === undefined
        ? `${bound} could not be decided ${when}: the measuring error reaches across the bound.${printNeeds(needs, open.phase)}`
        : `${bound} could not be told: ${problem}.`;
  }
}

function explainTooFewValues({ tolerance, phase }: OpenQuestion, run: Run): string {
  const [when, bound] = [phaseWords[phase], printTolerance(tolerance)];
  const metric = findMetric(tolerance, run[phase]?.measurement.metrics ?? []);
  const { startedAt = 0, endedAt = 0 } = run[phase]?.measurement ?? {};
  const { read = 0, everyMs = 0 } = metric ?? {};
  const cannot = `so ${bound} can't be said to have held`;
  const share = (metric && toReadShare(metric, endedAt - startedAt)) ?? 0;
  if (read >= leastValues)
    return `${tolerance.signal} was read for only ${printCoverage(share)} of the time ${when} (${printSupposed(leastRead)} is needed), ${cannot}.`;
  const values = read === 1 ? '1 value' : `${read} values`;
  return `Only ${values} of ${tolerance.signal}, which is read every ${printDuration(everyMs)}, came ${when} (${leastValues} are needed), ${cannot}.`;
}

/** Whether what was measured broke a bound, and what was not measured left it open. */
function isBrokenByMeasured({ tolerance, interval }: OpenQuestion, { proposal }: Run): boolean {
  const bound = toBound(tolerance, proposal.service);
  return bound !== undefined && interval !== undefined && interval.upper < bound.share;
}

/** Returns why several tolerances could not be decided; a reason that they share once. */
export function explainAllUndecided(open: readonly OpenQuestion[], run: Run): string {
  return [...new Set(open.map((one) => explainUndecided(one, run)))].join(' ');
}

/** Returns the lengths that decide a bound for supposed values: ` 80% sure to be decided after 47s if it is really 97.5%.` */
function printNeeds(needs: readonly Need[], phase: MeasuredPhase): string {
  if (needs.length === 0) return '';
  if (phase !== 'observed' && needs.every(({ ms }) => ms > mostBaselineMs))
    return ` At this rate that takes longer than a baseline may last, ${printDuration(mostBaselineMs)}: raise the rate of the service in chaos.yaml, or loosen the bound.`;
  const lengths = needs.map(
    ({ supposed, ms }) => `${printLeastDuration(ms)} if it is really ${printSupposed(supposed)}`,
  );
  return ` It is ${printSupposed(power)} sure to be decided after ${lengths.join(', ')}.`;
}

/** Rounded down, so that what is too little never looks like enough. */
function printCoverage(share: number): string {
  return `${Math.floor(share * 1_000 + 1e-9) / 10}%`;
}
