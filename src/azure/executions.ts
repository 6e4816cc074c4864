import type { ExperimentExecution } from '@azure/arm-chaos';
import type { ExecutionId } from '../domain/ids.ts';
import type { ExecutionState } from '../domain/run-event.ts';
import { readFailure } from './azure-error.ts';
import type { ChaosStudio } from './chaos-client.ts';

/** Azure's record of one start. */
export type Execution = {
  readonly id: ExecutionId;
  readonly status: string;
  readonly state: ExecutionState;
  /** By Azure's clock, ms since the epoch; absent while it is queued. */
  readonly startedAt?: number;
  readonly stoppedAt?: number;
};

const stateByStatus: ReadonlyMap<string, ExecutionState> = new Map([
  ['preprocessingqueued', 'preparing'],
  ['preprocessing', 'preparing'],
  ['waitingtostart', 'preparing'],
  ['running', 'running'],
  ['success', 'succeeded'],
  ['succeeded', 'succeeded'],
  ['cancelled', 'cancelled'],
  ['failed', 'failed'],
]);

/** Azure's status is a free text. One that is not known counts as running: a fault must not be taken for gone. */
export function toExecutionState(status: string | undefined): ExecutionState {
  return stateByStatus.get((status ?? '').toLowerCase()) ?? 'running';
}

/** Whether the execution has, or may still bring, a fault. */
export function isOngoing({ state }: Execution): boolean {
  return state === 'preparing' || state === 'running';
}

export function toExecution(found: ExperimentExecution): Execution {
  const { status = '', startedAt, stoppedAt } = found;
  const id = found.name ?? found.id?.split('/').at(-1) ?? '';
  return {
    id: id as ExecutionId,
    status,
    state: toExecutionState(status),
    ...(isTime(startedAt) ? { startedAt: startedAt.getTime() } : {}),
    ...(isTime(stoppedAt) ? { stoppedAt: stoppedAt.getTime() } : {}),
  };
}

/** Azure writes the first day of the calendar where there is no time. */
function isTime(date: Date | undefined): date is Date {
  return date !== undefined && date.getTime() > 0;
}

/** The newest executions of an experiment, newest first: one page; none when there is no such experiment. Rejects as the SDK does. */
export async function listExecutions(
  experimentName: string,
  { experiments, resourceGroup }: ChaosStudio,
): Promise<readonly Execution[]> {
  try {
    const pages = experiments.listAllExecutions(resourceGroup, experimentName).byPage();
    const page = await pages.next();
    const found: readonly ExperimentExecution[] = page.done ? [] : page.value;
    return found.map(toExecution).toSorted(newestFirst);
  } catch (error) {
    if (readFailure(error).statusCode === 404) return [];
    throw error;
  }
}

/** One that has not started yet is newer than any that has; Azure's own order decides between equals. */
function newestFirst(left: Execution, right: Execution): number {
  const [leftAt, rightAt] = [left, right].map(({ startedAt }) => startedAt ?? Number.MAX_VALUE);
  return (rightAt ?? 0) - (leftAt ?? 0);
}
