import { mayHaveFault, type Run } from '../domain/run.ts';
import { tickMs } from './conduct-context.ts';

/** How often Azure is asked how an execution stands where nothing else needs it, in ticks. */
const leastTicks = 2;

/** Chaos Studio allows 300 reads in five minutes for a subscription. The rest is for what is read before a start, and for people. */
const readsPerSecond = 0.8;

/** The share of these reads that runs get whose fault is about to begin or to end, where there are others. */
const urgentShare = 0.75;

/** Returns each how many ticks the execution of a run is read, so that all that this process conducts keep within Azure's limit together. */
export function toTicksPerRead(run: Run, conducted: readonly Run[], now: number): number {
  const reading = conducted.filter((one) => one.executionId !== undefined && mayHaveFault(one));
  const urgent = reading.filter((one) => isUrgent(one, now)).length;
  const isMixed = urgent > 0 && urgent < reading.length;
  const [count, share] = isUrgent(run, now)
    ? [urgent, urgentShare]
    : [reading.length - urgent, 1 - urgentShare];
  const perSecond = readsPerSecond * (isMixed ? share : 1);
  return Math.max(leastTicks, Math.ceil(((count / perSecond) * 1_000) / tickMs));
}

/** Whether its fault is about to begin or to end: in between nothing is expected of Azure, and pods show what happens. */
function isUrgent(run: Run, now: number): boolean {
  const { phase, phaseSince, trip, failure, stop, cancelRequestedAt, proposal } = run;
  const isEnding = [trip, failure, stop, cancelRequestedAt].some((why) => why !== undefined);
  return phase === 'inject' || isEnding || now >= phaseSince + proposal.fault.durationMs;
}
