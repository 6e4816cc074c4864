import type { CancelledAll } from '../../../src/runs/ports/fault-gateway.ts';
import { ChaosError } from '../../../src/domain/chaos-error.ts';
import type { ExecutionId, RunId } from '../../../src/domain/ids.ts';
import type { ExecutionReport } from '../../../src/domain/run-event.ts';
import type { Run } from '../../../src/domain/run.ts';
import type { VirtualTime } from './virtual-time.ts';

export type Execution = {
  readonly id: ExecutionId;
  readonly run: Run;
  readonly startedAt: number;
  cancelledAt?: number;
};

/** Azure prepares a fault for this long, and removes it so long after a cancel. */
const preparingMs = 3_000;
const cancellingMs = 1_000;

/** Azure and the cluster: which faults there are, and what they do to the service. */
export class SimulatedAzure {
  readonly executions: Execution[] = [];
  /** Called right before a start has its effect. */
  onStart: (run: Run) => void = () => undefined;
  readonly #time: VirtualTime;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  start(run: Run): ExecutionId {
    this.onStart(run);
    const id = `EXECUTION-${this.executions.length + 1}` as ExecutionId;
    this.executions.push({ id, run, startedAt: this.#time.now });
    return id;
  }

  cancel(runId: RunId): void {
    for (const execution of this.of(runId))
      if (this.#time.now < toEnd(execution)) execution.cancelledAt ??= this.#time.now;
  }

  cancelAll(): CancelledAll {
    for (const { run } of this.executions) this.cancel(run.id);
    return { cancelled: [], leftAlone: 0 };
  }

  of(runId: RunId): Execution[] {
    return this.executions.filter(({ run }) => run.id === runId);
  }

  /** The executions whose fault is in force at that time. */
  active(at = this.#time.now): Execution[] {
    return this.executions.filter(
      (execution) => at >= execution.startedAt + preparingMs && at < toEnd(execution),
    );
  }

  report(executionId: ExecutionId): ExecutionReport {
    const execution = this.executions.find(({ id }) => id === executionId);
    if (!execution)
      throw new ChaosError('azure-not-found', 'No such execution.', { suggestion: 'Look.' });
    const { startedAt, cancelledAt } = execution;
    const { now } = this.#time;
    const say = (state: ExecutionReport['state'], status: string) => ({
      executionId,
      state,
      status,
    });
    if (now >= toEnd(execution))
      return cancelledAt === undefined
        ? say('succeeded', 'Success')
        : say('cancelled', 'Cancelled');
    return now < startedAt + preparingMs
      ? say('preparing', 'PreProcessing')
      : say('running', 'Running');
  }
}

/** When the fault of an execution is over, as far as is known now. */
export function toEnd({ run, startedAt, cancelledAt = Infinity }: Execution): number {
  const planned = startedAt + preparingMs + run.proposal.fault.durationMs;
  return Math.min(planned, cancelledAt + cancellingMs);
}

export function azureAway(): ChaosError {
  return new ChaosError('azure-unreachable', 'Azure does not answer.', { suggestion: 'Wait.' });
}
