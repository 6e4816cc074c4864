import { printPercent } from './print-numbers.ts';
import { printDuration, printLeastDuration, printShortDuration } from './duration.ts';
import { printTolerance } from './hypothesis.ts';
import type { BoundOutlook, Expected, Outlook } from './outlook.ts';
import { power, printSupposed } from './sample-size.ts';

/** Says what may be expected of the next run: `Assuming outages of at most 5s, …`. */
export function printOutlook(outlook: Outlook): string {
  const { runs, worst, probability, expected } = outlook;
  // More than those that it is compared with: the ones that a guard ended count here as well.
  const before = runs === 2 ? 'the last one' : `the ${runs - 1} before it`;
  const others =
    runs === 1 ? 'this one' : `the worst of this run and ${before} with the same fault`;
  const next = `The next run is no worse than ${others} (${printPercent(worst)}) with a probability of ${Math.floor(probability * 100)}%.`;
  return expected
    ? `${printExpected(expected, runs)} ${next}`
    : `Not known: the longest outage of the service is not declared (longestOutage in chaos.yaml). ${next}`;
}

function printExpected(expected: Expected, runs: number): string {
  const { longestOutageMs, meanOutageMs, interval, bounds } = expected;
  const { lower, upper } = interval;
  const range =
    upper >= 1 ? `${printShare(lower)} or more` : `${printShare(lower)} to ${printShare(upper)}`;
  const mean = `Assuming outages of at most ${printDuration(longestOutageMs)}, runs like ${runs === 1 ? 'this' : 'these'} have an availability of ${range} on average (95% CI).`;
  const words = { runs, outages: printMean(meanOutageMs) };
  return [mean, ...bounds.map((bound) => printBound(bound, words))].join(' ');
}

const printMean = (ms: number) => (ms < 1_000 ? printDuration(ms) : printShortDuration(ms));

/** How many runs there are, and how long outages are on average, in words. */
type Words = { readonly runs: number; readonly outages: string };

function printBound(outlook: BoundOutlook, { runs, outages }: Words): string {
  const { tolerance, finding, leastMs, needs } = outlook;
  const bound = printTolerance(tolerance);
  switch (finding) {
    case 'would-hold':
      return `${bound} would hold again.`;
    case 'would-deviate':
      return `${bound} would not hold again.`;
    case 'cannot-tell':
      return `Whether ${bound} would hold again can't be told.${printNeeds(needs, outages)}`;
    case 'too-short': {
      const length = runs === 1 ? 'One run of this length' : `${runs} runs of this length`;
      const least =
        leastMs === null ? '' : `: that takes ${printLeastDuration(leastMs)} without any failure`;
      return `${length} can't tell whether ${bound} would hold again, whatever ${runs === 1 ? 'it shows' : 'they show'}${least}.${printNeeds(needs, outages)}`;
    }
  }
}

function printNeeds(needs: BoundOutlook['needs'], outages: string): string {
  const lengths = needs.map(({ supposed, ms }, index) => {
    const sure =
      index === 0
        ? `One run of ${printLeastDuration(ms)} is ${printSupposed(power)} sure to tell`
        : `one of ${printLeastDuration(ms)}`;
    return `${sure} if it is really ${printSupposed(supposed)}`;
  });
  return needs.length === 0 ? '' : ` ${lengths.join(', ')}, with outages of ${outages} on average.`;
}

/** Rounded down, so that nothing looks better than it is. */
function printShare(share: number): string {
  return `${Math.floor(share * 1_000 + 1e-9) / 10}%`;
}
