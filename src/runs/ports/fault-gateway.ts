import type { ApprovedRun } from '../../domain/approval.ts';
import type { CancelOutcome } from '../../domain/cancel-outcome.ts';
import type { ExecutionId, ObjectId } from '../../domain/ids.ts';
import type { Proposal } from '../../domain/proposal.ts';
import type { ExecutionReport } from '../../domain/run-event.ts';
import type { Run } from '../../domain/run.ts';

/** Which experiment on which cluster. */
export type ExperimentPlan = Pick<Proposal, 'experiment' | 'service' | 'cluster'>;

/** On whose behalf an experiment injects its fault, and what lets it. */
export type ExperimentIdentity = {
  readonly experimentName: string;
  readonly kind: 'system-assigned' | 'user-assigned';
  /** Whether the experiment was created or written by this request. */
  readonly created: boolean;
  /** Absent where Azure does not tell it yet. */
  readonly principalId?: string;
  /** The commands that give the identity its roles on the cluster. */
  readonly grants: readonly string[];
};

/** How the end of a fault is asked for. */
export type CancelHow = {
  /** A person asks. */
  readonly urgent?: boolean;
  /** Called right before the request is sent, which it may still prevent. */
  readonly mayCancel?: () => Promise<boolean>;
};

export type CancelledAll = {
  /** The names of the experiments that were cancelled. */
  readonly cancelled: readonly string[];
  /** How many experiments of other installations run, or may run. */
  readonly leftAlone: number;
};

/** Injects faults. Azure Chaos Studio today; what it needs of a run it takes from the approved proposal and nothing else. */
export interface FaultGateway {
  /** What would be asked for to inject what is proposed: the experiment's name and the body that writes it. Nothing is sent. */
  describe(proposal: Proposal): { readonly name: string; readonly body: object };
  /** Whether the experiment, and with it its system-assigned identity, exists in Azure. Remembers an answer for a moment. */
  exists(plan: ExperimentPlan): Promise<boolean>;
  /**
   * Creates the experiment without any fault, so that its identity can be given roles before the first run. An experiment that exists with the
   * right identity is left alone. Starts nothing.
   */
  prepareIdentity(plan: ExperimentPlan & { readonly by: ObjectId }): Promise<ExperimentIdentity>;
  /** Creates or updates the experiment that the proposal describes; nothing is injected. Returns its resource name. */
  prepare(run: ApprovedRun): Promise<string>;
  /**
   * Asks for the start, once: an unclear answer is never retried, it rejects. Checks the approval of the digest again and rejects with `not-approved`
   * before anything leaves the process. Asks for nothing once `calledOff` is aborted, nor when `requireMay`, which is called right before each request,
   * rejects.
   */
  start(
    run: ApprovedRun & { readonly experimentName: string },
    calledOff?: AbortSignal,
    requireMay?: () => Promise<void>,
  ): Promise<ExecutionId | 'called-off'>;
  /** The execution that an earlier start of this run brought about, when its answer was lost; undefined when there is none. */
  findStarted(run: Run): Promise<ExecutionId | undefined>;
  read(run: Run, executionId: ExecutionId): Promise<ExecutionReport>;
  /**
   * Asks to end the experiment's running execution and remove its faults. Safe to call again and when nothing runs; repeats that come too soon are not sent.
   * Azure ends whatever the experiment runs: nothing is sent where that is another run's, as far as Azure says so within a moment.
   */
  cancel(run: Run, how?: CancelHow): Promise<CancelOutcome>;
  /** Where people end the fault of a run by hand. */
  portalUrl?(run: Run): string;
  /** Cancels everything that runs under the experiments of this installation, knowing nothing but Azure. Where it can't be told whose one is, it is cancelled. */
  cancelAll(): Promise<CancelledAll>;
  /** Rejects when the gateway cannot be used now. */
  check(): Promise<void>;
}
