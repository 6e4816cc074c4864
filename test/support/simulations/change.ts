import { printEffect, toEffect } from '../../../src/domain/effect.ts';
import {
  createSeededRandom,
  drawBursts,
  drawBurstsOfShare,
  drawLosses,
  type Bursts,
  type Drawn,
  type Random,
} from '../bursty-losses.ts';
import { toMeasuredPhase } from '../drawn-phase.ts';
import { sampleProposal } from '../proposal.ts';
import { percent, toBurstText, type Table } from './table.ts';

const repeats = 2_000;
const baselineSeconds = 30;
const faultSeconds = 60;

type Cell = {
  readonly burstSeconds: number;
  readonly ratePerSecond: number;
  readonly seed: number;
};

const cells: readonly Cell[] = [10, 100]
  .flatMap((ratePerSecond) =>
    [0, 0.3, 1, 5].map((burstSeconds) => ({ ratePerSecond, burstSeconds })),
  )
  .map((cell, index) => ({ ...cell, seed: 901 + index }));

export type ChangeRates = {
  /** The interval excludes 0 although both phases lost the same share of their own time. */
  readonly wrong: number;
  /** It excludes 0 for two phases of the same service, which differ by themselves. */
  readonly differing: number;
  /** These are said to have fallen or risen. */
  readonly told: number;
};

/** How often a fault phase without any effect is said to differ from the baseline. */
export function simulateChange({ burstSeconds, ratePerSecond, seed }: Cell): ChangeRates {
  const random = createSeededRandom(seed);
  const service = { burstSeconds, lost: 0.05 };
  const compare = (draw: (random: Random, seconds: number) => Bursts) => {
    const toPhase = (seconds: number) =>
      toMeasured(
        drawLosses(random, service, { ratePerSecond, seconds, bursts: draw(random, seconds) }),
        ratePerSecond,
      );
    const effect = toEffect({
      baseline: { ...toPhase(baselineSeconds), steady: true },
      observed: toPhase(faultSeconds),
      proposal: sampleProposal(),
    });
    return effect && (effect.interval.lower > 0 || effect.interval.upper < 0) ? effect : undefined;
  };
  let [wrong, differing, told] = [0, 0, 0];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    if (compare((own, seconds) => drawBurstsOfShare(own, service, seconds))) wrong += 1;
    const effect = compare((own, seconds) => drawBursts(own, service, seconds));
    if (effect) differing += 1;
    if (effect && /fell|rose/.test(printEffect(effect))) told += 1;
  }
  return { wrong: wrong / repeats, differing: differing / repeats, told: told / repeats };
}

function toMeasured(losses: Drawn, ratePerSecond: number) {
  const measurement = toMeasuredPhase(losses, ratePerSecond);
  return { measurement, judgement: { finding: 'inconclusive', tolerances: [] } } as const;
}

export function tabulateChange(): Table {
  return {
    name: 'change',
    header: [
      'Sent',
      'Bursts',
      'Same availability: interval excludes 0',
      'Same service: interval excludes 0',
      'Same service: "fell" or "rose"',
    ],
    rows: cells.map((cell) => {
      const { wrong, differing, told } = simulateChange(cell);
      return [
        `${cell.ratePerSecond}/s`,
        toBurstText(cell.burstSeconds),
        percent(wrong),
        percent(differing, 0),
        percent(told),
      ];
    }),
  };
}
