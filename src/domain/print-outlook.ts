import { printDuration } from './duration.ts';
import { printTolerance } from './hypothesis.ts';
import type { BoundOutlook, Expected, Outlook } from './outlook.ts';
import { power, printSupposed } from './sample-size.ts';

/** Says what may be expected of the next run: `With outages of up to 5s to reckon with: 89.8% or more. …`. */
export function printOutlook(outlook: Outlook): string {
  const { runs, worst, probability, expected } = outlook;
  const others = runs === 1 ? 'this one' : `the worst of these ${runs}`;
  const next = `The next run is no worse than ${others} (${printShare(worst)}) with a probability of ${Math.floor(probability * 100)}%.`;
  return expected
    ? `${printExpected(expected, runs)} ${next}`
    : `Not known: the longest outage to reckon with is not declared (longestOutage of the service in chaos.yaml). ${next}`;
}

function printExpected({ longestOutageMs, interval, bounds }: Expected, runs: number): string {
  const { lower, upper } = interval;
  const range =
    upper >= 1 ? `${printShare(lower)} or more` : `${printShare(lower)} to ${printShare(upper)}`;
  const mean = `With outages of up to ${printDuration(longestOutageMs)} to reckon with, runs like ${runs === 1 ? 'this' : 'these'} have an availability of ${range} on average (95 % sure).`;
  return [mean, ...bounds.map((bound) => printBound(bound, runs))].join(' ');
}

function printBound({ tolerance, finding, leastMs, needs }: BoundOutlook, runs: number): string {
  const bound = printTolerance(tolerance);
  switch (finding) {
    case 'would-hold':
      return `${bound} would hold again.`;
    case 'would-deviate':
      return `${bound} would not hold again.`;
    case 'cannot-tell':
      return `Whether ${bound} would hold again can't be told.${printNeeds(needs)}`;
    case 'too-short': {
      const length = runs === 1 ? 'One run of this length' : `${runs} runs of this length`;
      const least =
        leastMs === null ? '' : `: that takes ${printDuration(leastMs)} without any failure`;
      return `${length} can't tell whether ${bound} would hold again, whatever ${runs === 1 ? 'it shows' : 'they show'}${least}.${printNeeds(needs)}`;
    }
  }
}

function printNeeds(needs: BoundOutlook['needs']): string {
  if (needs.length === 0) return '';
  const lengths = needs.map(
    ({ supposed, ms }) => `${printDuration(ms)} in all if it is really ${printSupposed(supposed)}`,
  );
  return ` It is ${printSupposed(power)} sure to be told after ${lengths.join(', ')}.`;
}

/** Rounded down, so that nothing looks better than it is. */
function printShare(share: number): string {
  return `${Math.floor(share * 1_000 + 1e-9) / 10}%`;
}
