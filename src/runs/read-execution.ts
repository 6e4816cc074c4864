import { toChaosError } from '../domain/chaos-error.ts';
import type { ExecutionId } from '../domain/ids.ts';
import type { ExecutionReport } from '../domain/run-event.ts';
import { mayHaveFault, type Run } from '../domain/run.ts';
import { describeUnread, type UnreadExecution } from '../domain/unread-execution.ts';
import { settleWithin } from '../time/settle-within.ts';
import type { ConductContext } from './conduct-context.ts';
import { isEnding } from './early-end.ts';
import { isOver } from './fault-watch.ts';
import { toTicksPerRead } from './ticks-per-read.ts';

/**
 * What Azure says of the execution; undefined on ticks in between and while Azure does not say it. An execution that could not be read until long after its
 * end counts as over, without knowing whether it removed its fault.
 */
export async function readExecution(
  run: Run,
  tick: number,
  context: ConductContext,
): Promise<ExecutionReport | undefined> {
  const { deps, monitor, execution } = context;
  const { executionId } = run;
  const readAt = deps.clock.now();
  if (executionId === undefined || !mayHaveFault(run)) return undefined;
  const ticksPerRead = toTicksPerRead(run, deps.active.list(), readAt);
  if (!execution.isDue(tick, ticksPerRead)) return undefined;
  try {
    const report = await deps.faults.read(run, executionId);
    execution.heard();
    const heard = monitor.injection.hear(report, run, readAt);
    if (isOver(heard)) noteOver(heard, context);
    return heard;
  } catch (error) {
    deps.log.warn({ runId: run.id, error }, 'Azure did not say how the execution stands.');
    execution.missed(toChaosError(error), deps.clock.now());
    const { unread } = execution;
    if (!unread || !isGivenUp(run, unread, context)) return undefined;
    noteOver({}, context);
    return toUnread(executionId, unread);
  }
}

/** From here on no guard ends the fault any more. */
function noteOver(
  { stoppedAt }: Partial<ExecutionReport>,
  { deps, monitor, execution }: ConductContext,
): void {
  const now = deps.clock.now();
  execution.heardOver(now);
  monitor.endGuards(Math.min(stoppedAt ?? now, now));
}

/** So long a guard waits for Azure when this process has just begun. */
const firstAnswerLimitMs = 5_000;

/**
 * Reads the execution first when a process takes over a run from another one, so that no guard trips for a fault that is over. Returns undefined at any other
 * time, and when somebody has stopped the run: a stop waits for nothing.
 */
export async function readAfterRestart(
  run: Run,
  tick: number,
  context: ConductContext,
): Promise<ExecutionReport | undefined> {
  const { resumed, guardAlarm } = context.monitor;
  // What tripped before the restart may not have been asked for yet.
  if (tick > 0 || !resumed || guardAlarm.trip || isEnding(run, context)) return undefined;
  return settleWithin(firstAnswerLimitMs, readExecution(run, tick, context));
}

/** An execution that Azure does not have is looked for this long, since lists lag behind; and one that can't be read is asked for this long after its end. */
const unreadLimitMs = 60_000;

/** Whether nothing more is to be heard of an execution: Azure has forgotten it and its time is over, or it can't be read until long after its end. */
function isGivenUp(run: Run, { since }: UnreadExecution, context: ConductContext): boolean {
  const now = context.deps.clock.now();
  const { goneSince = now } = context.execution;
  const endsAt = toLatestEnd(run, context);
  if (now - goneSince >= unreadLimitMs && (now >= endsAt || isEnding(run, context))) return true;
  const { cancelRequestedAt = endsAt, refusedCancel } = run;
  const overAt = refusedCancel ? endsAt : Math.min(endsAt, cancelRequestedAt);
  return now - since >= unreadLimitMs && now - overAt >= unreadLimitMs;
}

/** When its fault is over if nothing ends it before its time. */
function toLatestEnd(run: Run, { monitor }: ConductContext): number {
  const { preparingAt = run.phaseSince } = monitor.injection;
  return Math.max(run.phaseSince, preparingAt) + run.proposal.fault.durationMs;
}

/** Whether a fault that was asked for long ago is over in any case, although nothing is known of its execution. */
export function isLongOver({ startRequestedAt, proposal }: Run, now: number): boolean {
  return (
    startRequestedAt !== undefined &&
    now - startRequestedAt >= proposal.fault.durationMs + 2 * unreadLimitMs
  );
}

/** Whether it removed its fault is not known, as with one that failed. */
function toUnread(
  executionId: ExecutionId,
  { reason, since, suggestion }: UnreadExecution,
): ExecutionReport {
  const check = 'check that no fault is left: kubectl get podchaos --all-namespaces.';
  return {
    executionId,
    state: 'failed',
    status: reason === 'gone' ? 'NotFound' : 'Unread',
    unread: { reason, since },
    problem: {
      message: `Whether the fault ended as planned is not known. ${describeUnread({ reason, since })}`,
      suggestion:
        reason === 'gone'
          ? `Find out who deleted the experiment, and ${check}`
          : `${suggestion} Then ${check}`,
    },
  };
}
