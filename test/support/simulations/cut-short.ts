import { findBroken } from '../../../src/domain/judge-cut-short.ts';
import { judgeHypothesis } from '../../../src/domain/judgement.ts';
import { DropEvidence } from '../../../src/evidence/statistics/drop-evidence.ts';
import { createSeededRandom, drawBurstsOfShare, drawLosses, type Drawn } from '../bursty-losses.ts';
import { toMeasuredPhase } from '../drawn-phase.ts';
import { sampleProposal } from '../proposal.ts';
import { percent, toBurstText, type Table } from './table.ts';

const repeats = 2_000;
const seconds = 60;
/** From the trip until the fault is gone. */
const endingSeconds = 2;
const bound = 0.95;
/** Just on the good side of the bound. */
const hair = 0.0001;

const cells = [10, 100]
  .flatMap((ratePerSecond) =>
    [0, 0.3, 1, 5].map((burstSeconds) => ({ ratePerSecond, burstSeconds })),
  )
  .map((cell, index) => ({ ...cell, seed: 921 + index }));

export type CutShortRates = {
  /** The guard ended the fault. */
  readonly ended: number;
  /** It did, and the availability of the time until then lies below the bound. */
  readonly below: number;
  /** It did, and the run is said to have deviated. */
  readonly deviated: number;
};

/** What is said of faults under which the service keeps its bound, where a guard without a declared burst length watches them. */
export function simulateCutShort({
  ratePerSecond,
  burstSeconds,
  seed,
}: (typeof cells)[number]): CutShortRates {
  const random = createSeededRandom(seed);
  const service = { burstSeconds, lost: 1 - bound - hair };
  let [ended, below, deviated] = [0, 0, 0];
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    const bursts = drawBurstsOfShare(random, service, seconds);
    const losses = drawLosses(random, service, { ratePerSecond, seconds, bursts });
    const trip = findTrip(losses, ratePerSecond);
    if (trip < 0) continue;
    ended += 1;
    const run = toRun(losses.subarray(0, trip + 1 + endingSeconds * ratePerSecond), ratePerSecond);
    if (run.observed.judgement.finding === 'deviated') below += 1;
    if (findBroken(run).length > 0) deviated += 1;
  }
  return { ended: ended / repeats, below: below / repeats, deviated: deviated / repeats };
}

/** The prediction at which the guard trips; -1 for none. */
function findTrip(losses: Drawn, ratePerSecond: number): number {
  const guard = { from: bound, to: 0.5, falseAlarms: 0.01, burstMs: 0 };
  const evidence = new DropEvidence({ ...guard, ratePerSecond, watchedMs: seconds * 1_000 });
  return losses.findIndex((lost) => evidence.see(lost === 0));
}

function toRun(losses: Drawn, ratePerSecond: number) {
  const sample = sampleProposal();
  const scoring = { ...sample.service.scoring, ratePerSecond };
  const proposal = { ...sample, service: { ...sample.service, scoring } };
  const tolerances = [{ signal: 'availability', comparison: '>=', bound }] as const;
  const measurement = toMeasuredPhase(losses, ratePerSecond);
  const judgement = judgeHypothesis({ title: 'Kept', tolerances }, measurement);
  return { proposal, observed: { measurement, judgement } };
}

export function tabulateCutShort(): Table {
  return {
    name: 'cut-short',
    header: [
      'Sent',
      'Bursts',
      'Ended by the guard',
      'Time until then below the bound',
      'Said to have deviated',
    ],
    rows: cells.map((cell) => {
      const { ended, below, deviated } = simulateCutShort(cell);
      return [
        `${cell.ratePerSecond}/s`,
        toBurstText(cell.burstSeconds),
        percent(ended),
        percent(below),
        percent(deviated),
      ];
    }),
  };
}
