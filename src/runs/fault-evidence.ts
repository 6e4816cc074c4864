import type { FaultEvidence } from '../domain/injection.ts';
import type { ExecutionReport, RunEvent } from '../domain/run-event.ts';
import { follows, mayHaveFault, type Run } from '../domain/run.ts';
import type { ConductContext } from './conduct-context.ts';

/** What shows that the fault really happened: a pod that was hit, by Chaos Mesh's records or by what the fault does to pods. */
export function findEvidence(run: Run, { monitor }: ConductContext): FaultEvidence | undefined {
  return monitor.injection.findEvidence(run);
}

/** Some faults show only when they are over: that a pod was down for as long as it was meant to. */
export function toLateEvidence(
  run: Run,
  execution: ExecutionReport,
  context: ConductContext,
): RunEvent[] {
  const seen = run.faultSeen ? undefined : findEvidence({ ...run, execution }, context);
  return seen ? [{ type: 'fault-seen', evidence: seen }] : [];
}

/** Whether evidence is nobody else's doing, whenever it shows: a record of Chaos Mesh, or images that were swapped in place. */
export function isPlain({ source, kind }: FaultEvidence): boolean {
  return source === 'chaos-mesh' || kind === 'image';
}

/** Whether evidence may be somebody else's doing: it is older than what the executor has just said, that it is only preparing. */
export function isDoubtful(evidence: FaultEvidence, { monitor }: ConductContext): boolean {
  const { isPreparing, preparingAt = -Infinity } = monitor.injection;
  return !isPlain(evidence) && isPreparing && evidence.at < preparingAt;
}

/**
 * Returns evidence that shows only after the end of a fault that was cut short. A cancelled or failed execution may hit pods after its reported end, and
 * a container that was killed before the end restarts after it.
 */
export function toEvidenceAfterEnd(run: Run, context: ConductContext): RunEvent[] {
  if (run.faultSeen || run.execution?.state === 'succeeded') return [];
  const { execution: _execution, faultEndedAt = Infinity, ...open } = run;
  const anyTime = findEvidence(open, context);
  const isLate = anyTime !== undefined && anyTime.at > faultEndedAt && isPlain(anyTime);
  const evidence = isLate ? anyTime : findEvidenceWithin(run, context);
  return evidence ? [{ type: 'fault-seen', evidence }] : [];
}

/** The evidence of a pod that was hit before the end of the fault. One that failed before it was active may never have begun. */
function findEvidenceWithin(run: Run, context: ConductContext): FaultEvidence | undefined {
  const {
    execution = {} as Partial<ExecutionReport>,
    faultEndedAt = Infinity,
    faultActiveAt,
  } = run;
  const isFailed = execution.state === 'failed' && !execution.unread;
  if (isFailed && faultActiveAt === undefined) return undefined;
  const hits = context.monitor.injection.findHits(run, execution);
  const isWithin = hits.some(({ from }) => from < faultEndedAt);
  return isWithin ? findEvidence(run, context) : undefined;
}

/** Returns evidence that the journal does not have yet and that is the fault's own doing as far as is known; undefined where there is none. */
export function findUnrecorded(run: Run, context: ConductContext): FaultEvidence | undefined {
  const evidence = run.faultSeen ? undefined : findEvidence(run, context);
  return evidence && !isDoubtful(evidence, context) ? evidence : undefined;
}

/** Returns what evidence that was kept outside of the database adds to the journal of its run: nothing where it has some. */
export function toKeptEvidence(run: Run, evidence: FaultEvidence | undefined): RunEvent[] {
  if (!evidence || run.faultSeen || !mayHaveFault(run)) return [];
  const event = { type: 'fault-seen', evidence } as const;
  return follows(run, event) ? [event] : [];
}
