import type { ExecutionId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { tickMs, type ConductDeps } from './conduct-context.ts';
import { databaseSilent } from './database-silent.ts';
import { settleWithin } from '../time/settle-within.ts';
import { askToEndFault } from './end-fault.ts';
import type { HeldClaim } from './held-claim.ts';
import type { Announcer } from './ports/announcer.ts';
import type { CheckpointStore } from './ports/checkpoint-store.ts';
import type { FaultGateway } from './ports/fault-gateway.ts';
import type { RunStore } from './ports/run-store.ts';

/**
 * Binds what a conductor does to its claim on the run. Once another process has taken the run over, nothing that this one still does has an effect: the database
 * refuses its entries and checkpoints, and nothing is started, cancelled or told. What people do goes past this.
 */
export function fence(deps: ConductDeps, held: HeldClaim): ConductDeps {
  return {
    ...deps,
    runs: fenceRuns(deps.runs, held),
    checkpoints: fenceCheckpoints(deps.checkpoints, held),
    faults: fenceFaults(deps, held),
    announcer: fenceAnnouncer(deps.announcer, held),
  };
}

function fenceRuns(runs: RunStore, held: HeldClaim): RunStore {
  return {
    ...runs,
    async create(...given) {
      await held.requireUnlost();
      return runs.create(...given);
    },
    transact: (runId, decide) => held.follow(runs.transact(runId, decide, held.claim)),
  };
}

function fenceCheckpoints(checkpoints: CheckpointStore, held: HeldClaim): CheckpointStore {
  return {
    ...checkpoints,
    save: (runId, checkpoint) => held.follow(checkpoints.save(runId, checkpoint, held.claim)),
  };
}

/** A start needs the database's word. A fault is ended also while the database is silent: it must not be left behind. */
function fenceFaults(deps: ConductDeps, held: HeldClaim): FaultGateway {
  const { faults } = deps;
  return {
    ...faults,
    async prepare(run) {
      await held.requireUnlost();
      return faults.prepare(run);
    },
    async start(run, calledOff) {
      const elsewhere = new AbortController();
      const others = calledOff ? [calledOff] : [];
      const signal = AbortSignal.any([held.lost, elsewhere.signal, ...others]);
      const executionId = await faults.start(run, signal, async () => {
        await held.requireConfirmed();
        if (await isStopped(run, deps)) elsewhere.abort();
      });
      if (executionId !== 'called-off' && (await held.ask()) === 'lost')
        await endUnlessFound({ ...run, executionId }, deps);
      return executionId;
    },
    cancel: async (run, how) =>
      held.lost.aborted
        ? { kind: 'withheld' }
        : faults.cancel(run, { ...how, mayCancel: async () => (await held.ask()) !== 'lost' }),
  };
}

/** The database has this long to say whether somebody has stopped a run. */
const readLimitMs = 1_000;

/** Whether somebody has stopped the run at another replica, whose cancel finds nothing to end yet. Rejects with `store-unavailable`. */
async function isStopped({ id }: Run, { runs }: ConductDeps): Promise<boolean> {
  const found = await settleWithin(
    readLimitMs,
    runs.find(id).catch(() => undefined),
  );
  if (!found) throw databaseSilent();
  return found.stop !== undefined;
}

/** Longer than whoever has taken the run over looks for an execution of it. */
const foundWithinMs = 150_000;

/**
 * Ends a fault whose start was sent although the run had been taken over, as by a process that stood still right before. Whoever conducts the run finds the
 * execution, or ends the run without it: then nobody else would end the fault.
 */
async function endUnlessFound(
  run: Run & { readonly executionId: ExecutionId },
  deps: ConductDeps,
): Promise<void> {
  const { runs, clock, log } = deps;
  const until = clock.monotonicMs() + foundWithinMs;
  while (clock.monotonicMs() < until) {
    const found = await runs.find(run.id).catch(() => undefined);
    if (found?.executionId !== undefined) return;
    if (found?.phase === 'ended') break;
    await clock.sleep(tickMs);
  }
  log.warn({ runId: run.id }, 'A fault that nobody knew of is ended: its start came too late.');
  for (const endsAt = clock.monotonicMs() + run.proposal.fault.durationMs; ;) {
    const { kind } = await askToEndFault(run, deps);
    if (kind === 'accepted' || kind === 'withheld' || clock.monotonicMs() >= endsAt) return;
    await clock.sleep(tickMs);
  }
}

function fenceAnnouncer(announcer: Announcer, held: HeldClaim): Announcer {
  /** At once while the claim is fresh; otherwise, as after a pause of this process, the database is asked before. */
  const tell = (send: () => void) => {
    if (held.isFresh) return send();
    void tellUnlessLost(send);
  };
  const tellUnlessLost = async (send: () => void) => {
    if ((await held.ask()) !== 'lost') send();
  };
  return {
    runChanged: (run) => tell(() => announcer.runChanged(run)),
    progressed: (run, progress) => tell(() => announcer.progressed(run, progress)),
    cancelRefused: (run, refusal) => tell(() => announcer.cancelRefused(run, refusal)),
    cancelAccepted: (run) => tell(() => announcer.cancelAccepted(run)),
    waits: (run, ahead) => tell(() => announcer.waits(run, ahead)),
    stopDisallowed: (run) => tell(() => announcer.stopDisallowed(run)),
    remind: (run) => tell(() => announcer.remind(run)),
    freezeChanged: (freeze) => tell(() => announcer.freezeChanged(freeze)),
  };
}
