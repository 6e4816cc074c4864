import { toDropGuard, type AvailabilityDrop } from '../src/domain/availability-drop.ts';
import { toTimeToTrip } from '../src/evidence/statistics/drop-guard.ts';
import { toMostSeconds } from '../src/domain/prediction-stream.ts';
import type { Behaviour } from '../test/support/scripted-service.ts';
import { conductRealRun } from '../test/support/truth/real-run.ts';
import type { Comparison } from './comparison.ts';

/** What breaks while a fault is active, and the guard that is to see it. */
type Case = {
  readonly name: string;
  readonly behaviour: Behaviour;
  readonly availability: number;
  /** Longer than it takes to find. */
  readonly lastsMs: number;
  readonly guard: AvailabilityDrop;
};

const cases: readonly Case[] = [
  {
    name: 'nothing is answered rightly any more',
    behaviour: { status: 500 },
    availability: 0,
    lastsMs: 5_000,
    guard: { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 },
  },
  {
    name: 'five in a hundred are not',
    behaviour: { mix: [{ share: 0.05, behaviour: { status: 500 } }] },
    availability: 0.95,
    lastsMs: 90_000,
    guard: { kind: 'availability-drop', from: 0.99, to: 0.9, falseAlarms: 0.01 },
  },
];

const ratePerSecond = 25;
const faultMs = 120_000;
/** How long after the start of the fault the service breaks. */
const healthyMs = 2_000;
/** Side by side. */
const runs = 8;

/**
 * From the moment at which a service breaks under a fault to the request that ends it, next to what the test needs at the stated error rate on average. Whole
 * runs against a service in a process of its own, which loses nothing before: a fault that begins with losses of its own would trip the guard.
 */
export async function measureDetection(): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const one of cases) {
    const delaysMs = await Promise.all(Array.from({ length: runs }, () => measureRun(one)));
    const tookMs = delaysMs.reduce((sum, delayMs) => sum + delayMs, 0) / runs;
    const mostSeconds = toMostSeconds({ durationMs: faultMs });
    const sequential = toDropGuard(one.guard, { ratePerSecond, mostSeconds });
    const leastMs = toTimeToTrip(sequential, one.availability)?.expectedMs ?? Infinity;
    comparisons.push({
      name: `cancels asked for in a second: ${one.name}`,
      unit: '1 / delay in s',
      peer: 'least for the stated error',
      ours: 1_000 / tookMs,
      theirs: 1_000 / leastMs,
      notes: { delayMs: tookMs, leastMs, mostMs: Math.max(...delaysMs) },
    });
  }
  return comparisons;
}

let seed = 0;

async function measureRun({ behaviour, guard, lastsMs }: Case): Promise<number> {
  const { cancel, moments } = await conductRealRun({
    ratePerSecond,
    faultMs,
    seed: (seed += 1),
    guards: [guard],
    script: ({ faultAt = NaN }) => [
      { from: faultAt + healthyMs, until: faultAt + healthyMs + lastsMs, behaviour },
    ],
  });
  if (!cancel || moments.faultAt === undefined) throw new Error('No cancel was asked for.');
  return cancel.at - moments.faultAt - healthyMs;
}
