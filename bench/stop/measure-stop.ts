import type { Comparison } from '../comparison.ts';
import { loads, type Load } from './loads.ts';
import { measureRound } from './measure-round.ts';
import { setUp } from './set-up.ts';

/** From the click to the cancel on the wire, at the 99th percentile. */
const budgetMs = 150;

export type StopBench = {
  readonly rounds: number;
  readonly say: (line: string) => void;
  /** A part of the names of the loads to measure; all of them when empty. */
  readonly only?: string;
};

/**
 * How long after a click on Stop the request to end the fault reaches Azure, under loads that are not its own. The bot is `npm start` in a process of its own
 * with the embedded database; each load is made by another process.
 */
export async function measureStop({ rounds, say, only = '' }: StopBench): Promise<Comparison[]> {
  const stage = await setUp();
  try {
    const comparisons: Comparison[] = [];
    for (const load of loads.filter((name) => name.includes(only))) {
      const latencies: number[] = [];
      for (let round = 0; round < rounds; round += 1)
        latencies.push(...(await measureRound(load, stage)));
      if (latencies.length === 0) throw new Error(`Every fault was ended before a click: ${load}`);
      say(`  ${load}: ${latencies.map(Math.round).join(' ')} ms`);
      comparisons.push(toComparison(load, latencies));
    }
    return comparisons;
  } finally {
    await stage.close();
  }
}

function toComparison(load: Load, latencies: readonly number[]): Comparison {
  const sorted = latencies.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return {
    name: `stop: click to cancel on the wire, p99, beside ${load}`,
    unit: 'ms, less is better',
    peer: 'budget',
    ours: at(0.99),
    theirs: budgetMs,
    notes: { stops: sorted.length, p50Ms: at(0.5), maxMs: at(1) },
  };
}
