import { ChaosError } from '../domain/chaos-error.ts';
import type { ExecutionId } from '../domain/ids.ts';
import type { ExecutionReport } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import type { Clock } from './ports/clock.ts';
import type { FaultGateway } from './ports/fault-gateway.ts';

const prefix = 'rehearsal-';

/**
 * Lets a rehearsal go its whole way without a start: its experiment is written down in Azure, which tries the permission to write it but none that a fault needs,
 * and its execution is made up from the clock. Every other run goes to the gateway itself.
 */
export function rehearseFaults(gateway: FaultGateway, clock: Pick<Clock, 'now'>): FaultGateway {
  const isRehearsal = ({ proposal }: Run) => proposal.rehearsal === true;
  return {
    ...gateway,
    async start(run, ...how) {
      if (!isRehearsal(run)) return gateway.start(run, ...how);
      return `${prefix}${clock.now()}` as ExecutionId;
    },
    findStarted: (run) =>
      isRehearsal(run)
        ? Promise.resolve(run.startRequestedAt === undefined ? undefined : begin(run))
        : gateway.findStarted(run),
    read: async (run, executionId) =>
      isRehearsal(run)
        ? readRehearsal(run, executionId, clock.now())
        : gateway.read(run, executionId),
    cancel: (run, how) =>
      isRehearsal(run) ? Promise.resolve({ kind: 'accepted' }) : gateway.cancel(run, how),
  };
}

/** After a restart: it began when it was asked for. */
function begin({ startRequestedAt }: Run): ExecutionId {
  return `${prefix}${startRequestedAt}` as ExecutionId;
}

function readRehearsal(
  { proposal, cancelRequestedAt }: Run,
  executionId: ExecutionId,
  now: number,
): ExecutionReport {
  const startedAt = Number(executionId.slice(prefix.length));
  if (!executionId.startsWith(prefix) || Number.isNaN(startedAt))
    throw new ChaosError('unexpected', `${executionId} is no execution of a rehearsal.`, {
      suggestion: 'Stop the run and rehearse it again.',
    });
  const report = { executionId, startedAt };
  if (cancelRequestedAt !== undefined)
    return { ...report, state: 'cancelled', status: 'Rehearsal stopped', stoppedAt: now };
  const stoppedAt = startedAt + proposal.fault.durationMs;
  return now < stoppedAt
    ? { ...report, state: 'running', status: 'Rehearsing' }
    : { ...report, state: 'succeeded', status: 'Rehearsed', stoppedAt };
}
