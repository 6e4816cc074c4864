import type { Alteration } from './alteration.ts';
import { isApproved, type Approval } from './approval.ts';
import type { BrokenRule } from './access.ts';
import { mayHaveBeenHeard, type RefusedCancel } from './cancel-outcome.ts';
import type { Digest, ExecutionId, RunId } from './ids.ts';
import type { DatedTrip } from './guard.ts';
import type { Judgement } from './judgement.ts';
import type { CarryingPod, FaultEvidence, Injection } from './injection.ts';
import type { LeftFault } from './left-fault.ts';
import type { PhaseMeasurement } from './measurement.ts';
import type { Person } from './person.ts';
import type { Proposal } from './proposal.ts';
import type {
  BetweenPhases,
  Ending,
  ExecutionReport,
  Origin,
  PodAtStart,
  Recovery,
  RunEntry,
  RunEvent,
  Verdict,
} from './run-event.ts';

/** Where a run is on its way from proposal to end. */
export type Phase =
  'proposed' | 'approved' | 'baseline' | 'inject' | 'observe' | 'recover' | 'ended';

export type Judged = { readonly measurement: PhaseMeasurement; readonly judgement: Judgement };

/** One run from proposal to end: what its journal entries fold to. Nothing but `alteration` is ever set any other way. */
export type Run = {
  readonly id: RunId;
  /** The sequence of the last entry that it was folded from. */
  readonly version: number;
  readonly phase: Phase;
  /** When the run came into its present phase. */
  readonly phaseSince: number;
  readonly proposal: Proposal;
  readonly digest: Digest;
  readonly origin: Origin;
  /** Oldest first. They may be fewer than the rule of the proposal asks for. */
  readonly approvals: readonly Approval[];
  readonly rejection?: { readonly by: Person; readonly at: number; readonly reason?: string };
  /** The run that went on on its cluster when it was approved. */
  readonly queuedBehind?: RunId;
  /** `at`: when it was said. `recordedLate`: the journal has it only since the database was back. */
  readonly stop?: { readonly by: Person; readonly at: number; readonly recordedLate?: true };
  /** Who said stop last when the fault was gone already. It stopped nothing. */
  readonly lateStop?: { readonly by: Person; readonly at: number };
  readonly baseline?: Judged & { readonly steady: boolean };
  readonly experimentName?: string;
  readonly startRequestedAt?: number;
  /** The pods of the service by then; absent where they were those of the proposal. */
  readonly podsAtStart?: readonly PodAtStart[];
  readonly executionId?: ExecutionId;
  /** When Azure said that the fault is running. */
  readonly faultActiveAt?: number;
  /** Since when it was active, by the record of what injects it. */
  readonly faultStartedAt?: number;
  readonly faultSeen?: FaultEvidence;
  /** What the fault did to pods, compared with what was approved. */
  readonly injection?: Injection;
  /** The pods that were last seen to carry the fault though what injected it is over. */
  readonly carrying?: readonly CarryingPod[];
  /** When those were last seen, where the cluster did not show its pods any more and no recovery was judged. */
  readonly carriedUntil?: number;
  /** The pods that carried somebody else's fault when the recovery was judged. */
  readonly otherCarrying?: readonly CarryingPod[];
  /** What was seen of that after the end of the run. */
  readonly leftFault?: LeftFault;
  readonly trip?: DatedTrip;
  /** A guard whose condition was met only by what became known after the fault had ended. */
  readonly lateTrip?: DatedTrip;
  /** When Azure was asked to end the fault, and accepted. */
  readonly cancelRequestedAt?: number;
  /** Azure had not answered a request before its last answer, and may have ended the fault by then. */
  readonly cancelHeardBefore?: true;
  /** Azure's last refusal to end the fault; absent again once it has accepted. */
  readonly refusedCancel?: RefusedCancel & { readonly at: number };
  /** Azure refused to end the fault at least once, also where it has accepted since. */
  readonly wasCancelRefused?: true;
  /** Who stopped it without being let, last. */
  readonly disallowedStop?: BrokenRule & { readonly by: Person; readonly at: number };
  readonly observed?: Judged;
  readonly execution?: ExecutionReport;
  /** When what injected the fault was over. Where it failed, that removed nothing: see `carrying`. */
  readonly faultEndedAt?: number;
  /** Where nothing told when: the time in which that was. */
  readonly faultEndedBetween?: { readonly from: number; readonly until: number };
  readonly recovered?: Judged & BetweenPhases & { readonly recovery: Recovery };
  /** Why a phase could not go on; `askedAt`: when Azure was asked to end the fault for it, where that was before its entry. */
  readonly failure?: {
    readonly message: string;
    readonly suggestion: string;
    readonly askedAt?: number;
  };
  readonly end?: {
    readonly ending: Ending;
    readonly verdict: Verdict | null;
    readonly why: string;
    readonly at: number;
  };
  /** Set by whoever reads the run when its record in the database was altered. Such a run is never approved or started. */
  readonly alteration?: Alteration;
};

/** Folds a run's journal, oldest entry first. Throws when there is none or the first is not the proposal. */
export function foldRun(entries: readonly RunEntry[]): Run {
  const [first, ...rest] = entries;
  if (first?.event.type !== 'proposed') throw new TypeError('A journal begins with the proposal.');
  const { proposal, digest, origin } = first.event;
  const proposed: Run = {
    id: first.runId,
    version: first.sequence,
    phase: 'proposed',
    phaseSince: first.at,
    proposal,
    digest,
    origin,
    approvals: [],
  };
  return rest.reduce(applyEntry, proposed);
}

/** The run after one more entry. Throws on an entry that does not follow: a run never takes a step twice or backwards. */
export function applyEntry(run: Run, entry: RunEntry): Run {
  const { event, at, sequence } = entry;
  if (sequence !== run.version + 1)
    throw new RangeError(`Entry ${sequence} does not follow ${run.version}.`);
  if (typeof event.type !== 'string') throw new TypeError(`Entry ${sequence} cannot be read.`);
  if (!follows(run, event))
    throw new RangeError(`${event.type} cannot follow in phase ${run.phase}.`);
  const changed = { ...run, version: sequence, ...toFields(run, event, at) };
  const phase = toPhase(changed, event);
  return phase === run.phase ? changed : { ...changed, phase, phaseSince: at };
}

function toPhase(run: Run, event: RunEvent): Phase {
  if (event.type === 'approved') return isApproved(run, run.approvals) ? 'approved' : run.phase;
  return phaseAfter[event.type] ?? run.phase;
}

const phaseAfter: Readonly<Partial<Record<RunEvent['type'], Phase>>> = {
  'baseline-started': 'baseline',
  'start-requested': 'inject',
  'fault-active': 'observe',
  'fault-ended': 'recover',
  ended: 'ended',
};

/** In which phases an event may come. Those not named may come in any phase but the last. */
const phasesBefore: Readonly<Partial<Record<RunEvent['type'], readonly Phase[]>>> = {
  proposed: [],
  approved: ['proposed'],
  rejected: ['proposed'],
  expired: ['proposed'],
  queued: ['approved'],
  'baseline-started': ['approved'],
  'baseline-judged': ['baseline'],
  'experiment-prepared': ['baseline'],
  'start-requested': ['baseline'],
  started: ['inject'],
  'fault-active': ['inject'],
  'fault-seen': ['inject', 'observe', 'recover'],
  'guard-tripped': ['inject', 'observe'],
  observed: ['inject', 'observe'],
  'fault-ended': ['inject', 'observe'],
  'recovery-judged': ['recover'],
  'stop-came-late': ['recover'],
};

/** Whether an event may come next. */
export function follows(run: Run, event: RunEvent): boolean {
  // The directory may answer after the run has ended.
  if (event.type === 'stop-disallowed') return true;
  if (event.type === 'left-fault-seen')
    return run.phase === 'ended' && run.carrying !== undefined && run.carrying.length > 0;
  if (run.phase === 'ended') return false;
  if (run.rejection && event.type !== 'ended') return false;
  if (event.type === 'start-requested' && run.baseline?.steady !== true) return false;
  if (event.type === 'started' && run.executionId !== undefined) return false;
  const allowed = phasesBefore[event.type];
  return allowed === undefined || allowed.includes(run.phase);
}

function toFields(run: Run, event: RunEvent, at: number): Partial<Run> {
  switch (event.type) {
    case 'approved':
      return { approvals: [...run.approvals, toApproval(event, at)] };
    case 'rejected':
      return {
        rejection: {
          by: event.by,
          at,
          ...(event.reason === undefined ? {} : { reason: event.reason }),
        },
      };
    case 'queued':
      return { queuedBehind: event.behind };
    case 'stop-requested':
      return {
        stop: {
          by: event.by,
          at: event.saidAt ?? at,
          ...(event.saidAt === undefined ? {} : { recordedLate: true }),
        },
      };
    case 'stop-came-late':
      return { lateStop: { by: event.by, at: event.saidAt ?? at } };
    case 'baseline-judged':
      return {
        baseline: {
          measurement: event.measurement,
          judgement: event.judgement,
          steady: event.steady,
        },
      };
    case 'experiment-prepared':
      return { experimentName: event.experimentName };
    case 'start-requested':
      return { startRequestedAt: at, ...(event.pods ? { podsAtStart: event.pods } : {}) };
    case 'started':
      return { executionId: event.executionId };
    case 'fault-active':
      return {
        faultActiveAt: at,
        ...(event.startedAt === undefined ? {} : { faultStartedAt: event.startedAt }),
      };
    case 'fault-seen':
      return { faultSeen: event.evidence };
    case 'guard-tripped':
      return toTripFields(event, at);
    case 'cancel-requested':
      return {
        cancelRequestedAt: Math.min(event.askedAt ?? at, at),
        refusedCancel: undefined,
        ...(event.isHeardBefore ? { cancelHeardBefore: true } : {}),
      };
    case 'cancel-refused': {
      const before = run.refusedCancel;
      return {
        refusedCancel: { ...toRefused(event), at },
        wasCancelRefused: true,
        ...(before && mayHaveBeenHeard(before) ? { cancelHeardBefore: true } : {}),
      };
    }
    case 'stop-disallowed':
      return {
        disallowedStop: { by: event.by, scope: event.scope, roles: event.roles, at },
      };
    case 'observed':
      return { observed: { measurement: event.measurement, judgement: event.judgement } };
    case 'fault-ended':
      return {
        execution: event.execution,
        faultEndedAt: event.endedAt ?? at,
        ...(event.endedBetween ? { faultEndedBetween: event.endedBetween } : {}),
        ...(event.injection ? { injection: event.injection } : {}),
        ...(event.evidenceWithdrawn ? { faultSeen: undefined } : {}),
        ...(event.carrying ? { carrying: event.carrying } : {}),
      };
    case 'recovery-judged': {
      const { type: _type, carrying = [], otherCarrying = [], injection, ...recovered } = event;
      return {
        recovered,
        carrying,
        ...(otherCarrying.length > 0 ? { otherCarrying } : {}),
        ...(injection ? { injection } : {}),
      };
    }
    case 'failed':
      return {
        failure: {
          message: event.message,
          suggestion: event.suggestion,
          ...(event.askedAt === undefined ? {} : { askedAt: Math.min(event.askedAt, at) }),
        },
        ...(event.carrying ? { carrying: event.carrying } : {}),
        ...(event.carriedUntil === undefined ? {} : { carriedUntil: event.carriedUntil }),
      };
    case 'left-fault-seen': {
      const { type: _type, ...seen } = event;
      return { leftFault: { ...seen, at, count: (run.leftFault?.count ?? 0) + 1 } };
    }
    case 'ended':
      return { end: { ending: event.ending, verdict: event.verdict, why: event.why, at } };
    case 'proposed':
    case 'expired':
    case 'baseline-started':
      return {};
  }
}

/** By a clock that was set back since, it would come after its own record. */
function toTripFields(
  { trip, isAfterEnd }: Extract<RunEvent, { type: 'guard-tripped' }>,
  at: number,
): Partial<Run> {
  const dated = { ...trip, at: Math.min(trip.at ?? at, at) };
  return isAfterEnd ? { lateTrip: dated } : { trip: dated };
}

function toRefused({ problem, status, code }: RefusedCancel): RefusedCancel {
  return {
    problem,
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
  };
}

function toApproval(
  { type: _type, ...approval }: Extract<RunEvent, { type: 'approved' }>,
  at: number,
): Approval {
  return { ...approval, at };
}

/** Whether nothing is known of its fault that differs from what was approved. */
export function wasInjectedAsApproved({ injection }: Run): boolean {
  return injection === undefined || injection.mismatches.length === 0;
}

/** Whether the run was approved, whatever became of it then. */
export function wasApproved(run: Run): boolean {
  return isApproved(run, run.approvals);
}

/** Whether a fault may be active in Azure on behalf of this run. */
export function mayHaveFault(run: Run): boolean {
  return (
    run.startRequestedAt !== undefined && run.faultEndedAt === undefined && run.phase !== 'ended'
  );
}

/** Whether stop has to end a fault: one may be active, or what the journal says of that can't be relied on. */
export function needsCancel(run: Run): boolean {
  return mayHaveFault(run) || (run.alteration?.kind === 'journal' && run.phase !== 'ended');
}

/** Whether the run is being conducted now: approved and not ended. */
export function isActive(run: Run): boolean {
  return run.phase !== 'proposed' && run.phase !== 'ended';
}

/** The events that bring a fault closer or judge a run. An altered record never gets one of them. */
export function needsIntactRecord(event: RunEvent): boolean {
  if (event.type === 'ended') return event.verdict === 'held' || event.verdict === 'deviated';
  return guarded.includes(event.type);
}

const guarded: readonly RunEvent['type'][] = [
  'approved',
  'baseline-started',
  'experiment-prepared',
  'start-requested',
];
