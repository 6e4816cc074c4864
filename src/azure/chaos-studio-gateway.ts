import { toApprovedRun, type ApprovedRun } from '../domain/approval.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { isClaimLost } from '../domain/claim-lost.ts';
import type { ExecutionId, RunId } from '../domain/ids.ts';
import { toDigest, type Sha256 } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import type { MonotonicClock } from '../runs/ports/clock.ts';
import { toSteadyClock } from '../time/steady-clock.ts';
import type { Cancelling } from './cancel-experiment.ts';
import type { FaultGateway } from '../runs/ports/fault-gateway.ts';
import type { Log } from '../runs/ports/log.ts';
import { isRefusal, readFailure, toAzureError } from './azure-error.ts';
import { createCanceller } from './cancel-run.ts';
import { cancelEverything } from './cancel-everything.ts';
import { createCancelPace } from './cancel-pace.ts';
import { createChaosClient, type ChaosClientOptions, type ChaosStudio } from './chaos-client.ts';
import { readExecutionReport } from './execution-report.ts';
import { isOngoing, listExecutions } from './executions.ts';
import { createExistence } from './existence.ts';
import { toUntaggedBody } from './experiment-body.ts';
import { toExperimentName } from './experiment-name.ts';
import { findStartedExecution } from './find-started.ts';
import { toPortalUrl } from './portal-url.ts';
import { isRunning, prepareExperiment, readPrepared } from './prepare-experiment.ts';
import { findExperiment, prepareIdentity } from './prepare-identity.ts';
import { createReadPace } from './read-pace.ts';
import { retryRead } from './retry-transient.ts';
import { startExperiment } from './start-experiment.ts';

export type ChaosStudioOptions = ChaosClientOptions & {
  readonly resourceGroup: string;
  /** The id of the installation, which its experiments carry; undefined while it is not known. */
  readonly installation: () => string | undefined;
  readonly clock: MonotonicClock;
  readonly sha256: Sha256;
  readonly log: Log;
};

type StartableRun = ApprovedRun & { readonly experimentName: string };

/** What this process knows of a start that it asked for: Azure did not take it, or which executions were there before. */
type StartMemory = 'not-taken' | ReadonlySet<string>;

/** Injects faults through Azure Chaos Studio. Rejects with ChaosError and nothing else. */
export function createChaosStudioGateway(options: ChaosStudioOptions): FaultGateway {
  const { resourceGroup, installation, clock, sha256, log } = options;
  const { experiments } = createChaosClient(options);
  const studio: ChaosStudio = { experiments, resourceGroup, installation, clock, log };
  const memories = new Map<RunId, StartMemory>();
  const known = createExistence(clock);
  const atPace = createReadPace(clock);
  const steady = toSteadyClock(clock);
  const cancelling: Cancelling = {
    ...studio,
    clock: steady,
    wall: clock,
    pace: createCancelPace(steady),
    underway: new Map(),
  };
  const cancel = createCanceller({ ...options, ...cancelling });
  const nameOf = (run: Run) => run.experimentName ?? toExperimentName(run.proposal, sha256);

  return {
    describe: (proposal) => ({
      name: toExperimentName(proposal, sha256),
      body: toUntaggedBody(proposal),
    }),
    exists: (plan) => {
      const name = toExperimentName(plan, sha256);
      return known.ask(name, () =>
        mapped(`find the experiment ${name}`, async () =>
          Boolean(await findExperiment(name, studio)),
        ),
      );
    },
    async prepareIdentity(plan) {
      const name = toExperimentName(plan, sha256);
      const identity = await mapped(`prepare the experiment ${name}`, () =>
        prepareIdentity(plan, name, studio),
      );
      known.learn(name);
      return identity;
    },
    async prepare(run) {
      requireApproval(run, sha256);
      const name = toExperimentName(run.proposal, sha256);
      await mapped(`prepare the experiment ${name}`, () => prepareExperiment(run, name, studio));
      known.learn(name);
      log.info({ runId: run.id, experimentName: name }, 'The experiment is written down in Azure.');
      return name;
    },
    async start(run, calledOff, requireMay) {
      requireApproval(run, sha256);
      if (run.proposal.rehearsal) throw onlyRehearsed(run.id);
      const executionId = await mapped(`start the experiment ${run.experimentName}`, () =>
        startOnce(run, { memories, calledOff, requireMay }, studio),
      );
      memories.delete(run.id);
      if (executionId === 'called-off') return executionId;
      log.info({ runId: run.id, executionId }, 'Azure has started the experiment.');
      return executionId;
    },
    findStarted: (run) =>
      mapped(`find the execution of run ${run.id}`, () =>
        findStarted(run, nameOf(run), memories, studio),
      ),
    read: (run, executionId) =>
      mapped(`read the execution ${executionId}`, () =>
        atPace(() => readExecutionReport(nameOf(run), executionId, studio)),
      ),
    cancel: (run, how) => cancel(run, nameOf(run), how),
    portalUrl: (run) => toPortalUrl(nameOf(run), options),
    cancelAll: () => mapped('cancel the experiments', () => cancelEverything(cancelling)),
    async check() {
      await mapped('list the experiments', () => experiments.list(resourceGroup).byPage().next());
    },
  };
}

type Starting = {
  readonly memories: Map<RunId, StartMemory>;
  readonly calledOff: AbortSignal | undefined;
  readonly requireMay: (() => Promise<void>) | undefined;
};

/** Sends the start after a last look: the resource must still be what was approved, nothing of it may run, and nobody may have stopped the run. */
async function startOnce(
  run: StartableRun,
  { memories, calledOff, requireMay }: Starting,
  studio: ChaosStudio,
): Promise<ExecutionId | 'called-off'> {
  memories.set(run.id, 'not-taken');
  const signal = calledOff ? { signal: calledOff } : {};
  try {
    const before = await lookBeforeStart(run, { clock: studio.clock, ...signal }, studio);
    if (calledOff?.aborted) return 'called-off';
    memories.set(run.id, before);
    const options = {
      before,
      ...(calledOff ? { calledOff } : {}),
      ...(requireMay ? { requireMay } : {}),
    };
    return await startExperiment(run.experimentName, options, studio);
  } catch (error) {
    const isCalledOff = calledOff?.aborted === true && error === calledOff.reason;
    if (isCalledOff || isWithheld(error) || isRefusal(readFailure(error)))
      memories.set(run.id, 'not-taken');
    if (calledOff?.aborted && memories.get(run.id) === 'not-taken') return 'called-off';
    throw error;
  }
}

/** Whether a start was not sent because its conductor may not ask for it. */
function isWithheld(error: unknown): boolean {
  return isClaimLost(error) || (error instanceof ChaosError && error.code === 'store-unavailable');
}

/** Reads until Azure answers: nothing was asked for yet. Resolves to the ids of the executions that are there. */
async function lookBeforeStart(
  run: StartableRun,
  retries: Parameters<typeof retryRead>[1],
  studio: ChaosStudio,
): Promise<ReadonlySet<string>> {
  await retryRead(() => readPrepared(run, run.experimentName, studio), retries);
  const found = await retryRead(() => listExecutions(run.experimentName, studio), retries);
  if (found.some(isOngoing)) throw isRunning(run.experimentName);
  return new Set(found.map(({ id }) => id));
}

/** Nothing is looked for when this process knows that Azure did not take the start: what runs then is somebody else's. */
async function findStarted(
  run: Run,
  experimentName: string,
  memories: Map<RunId, StartMemory>,
  studio: ChaosStudio,
): Promise<ExecutionId | undefined> {
  const memory = memories.get(run.id);
  memories.delete(run.id);
  if (memory === 'not-taken') return undefined;
  const search = { experimentName, ...(memory ? { before: memory } : {}) };
  return findStartedExecution(run, search, studio);
}

/** What was approved as a rehearsal is no approval of a fault. */
function onlyRehearsed(runId: RunId): ChaosError {
  return new ChaosError('not-approved', `Run ${runId} was approved as a rehearsal only.`, {
    suggestion: 'Propose the experiment without `rehearse` to inject its fault.',
  });
}

/** The last gate before anything leaves the process: the approval must be of exactly what would be sent. */
function requireApproval(run: Run, sha256: Sha256): asserts run is ApprovedRun {
  const approved = toApprovedRun(run);
  if (approved && toDigest(run.proposal, sha256) === approved.digest) return;
  throw new ChaosError('not-approved', `Run ${run.id} has no recorded approval of its digest.`, {
    suggestion: 'Propose the experiment again and let somebody else approve it.',
  });
}

async function mapped<Value>(doing: string, call: () => Promise<Value>): Promise<Value> {
  try {
    return await call();
  } catch (error) {
    throw toAzureError(error, doing);
  }
}
