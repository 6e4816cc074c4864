import { OutageFinder } from '../../../src/evidence/statistics/outage-finder.ts';
import { toShortestTellable } from '../../../src/evidence/statistics/outage-scoring.ts';
import { createSeededRandom, drawLosses } from '../bursty-losses.ts';
import { percent, type Table } from './table.ts';

const repeats = 1_000;
/** Before and after a planted outage. */
const aroundSeconds = 3;
const outageLengths = [0.2, 0.5, 1, 2, 5];

type Cell = { readonly background: number; readonly ratePerSecond: number; readonly seed: number };

const outageCells: readonly Cell[] = [10, 100]
  .flatMap((ratePerSecond) =>
    [0.001, 0.01, 0.05].map((background) => ({ ratePerSecond, background })),
  )
  .map((cell, index) => ({ ...cell, seed: 501 + index }));

/** How many false outages an hour the background alone makes; over 100 hours at 10/s and 20 at 100/s. */
function simulateFalseOutages({ background, ratePerSecond, seed }: Cell): number {
  const random = createSeededRandom(seed);
  const finder = new OutageFinder({ background, ratePerSecond });
  const hours = ratePerSecond === 10 ? 100 : 20;
  const noise = { burstSeconds: 0, lost: background };
  let at = 0;
  for (let hour = 0; hour < hours; hour += 1) {
    const losses = drawLosses(random, noise, { ratePerSecond, seconds: 3_600, bursts: [] });
    for (const lost of losses)
      finder.see({ dueAt: (at += 1_000 / ratePerSecond), good: lost === 0 });
  }
  return finder.outages.length / hours;
}

/** How often an outage of this length and depth is not found. */
function simulateMissed(
  { background, ratePerSecond, seed }: Cell,
  { seconds, depth }: { readonly seconds: number; readonly depth: number },
): number {
  const random = createSeededRandom(seed + Math.round(seconds * 10) + depth * 1_000);
  let missed = 0;
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    // Beginning at any moment of a slot.
    const from = aroundSeconds + random() / ratePerSecond;
    const finder = new OutageFinder({ background, ratePerSecond });
    const service = { burstSeconds: seconds, lost: 0, noise: background, depth };
    const losses = drawLosses(random, service, {
      ratePerSecond,
      seconds: seconds + 2 * aroundSeconds,
      bursts: [from, from + seconds],
    });
    losses.forEach((lost, index) =>
      finder.see({ dueAt: (index * 1_000) / ratePerSecond, good: lost === 0 }),
    );
    const [begin, end] = [from * 1_000 - 1_000 / ratePerSecond, (from + seconds) * 1_000];
    if (!finder.outages.some(({ from, until }) => until >= begin && from <= end)) missed += 1;
  }
  return missed / repeats;
}

export function tabulateFalseOutages(): Table {
  return {
    name: 'false-outages',
    header: ['Sent', 'Background', 'False outages an hour', 'Shortest total outage told'],
    rows: outageCells.map((cell) => {
      const shortest = toShortestTellable(cell);
      return [
        `${cell.ratePerSecond}/s`,
        percent(cell.background),
        simulateFalseOutages(cell).toFixed(2),
        shortest ? `${shortest.lost} in a row, ${shortest.ms / 1_000} s` : '',
      ];
    }),
  };
}

export function tabulateMissed(): Table {
  return {
    name: 'missed-outages',
    header: ['Sent', 'Background', 'Lost in the outage', ...outageLengths.map((one) => `${one} s`)],
    rows: outageCells.flatMap((cell) =>
      [1, 0.5, 0.2].map((depth) => [
        `${cell.ratePerSecond}/s`,
        percent(cell.background),
        percent(depth, 0),
        ...outageLengths.map((seconds) => percent(simulateMissed(cell, { seconds, depth }), 0)),
      ]),
    ),
  };
}
