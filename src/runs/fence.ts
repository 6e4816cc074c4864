import type { ConductDeps } from './conduct-context.ts';
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
    faults: fenceFaults(deps.faults, held),
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
function fenceFaults(faults: FaultGateway, held: HeldClaim): FaultGateway {
  return {
    ...faults,
    async prepare(run) {
      await held.requireUnlost();
      return faults.prepare(run);
    },
    start: (run, calledOff) =>
      faults.start(run, AbortSignal.any([held.lost, ...(calledOff ? [calledOff] : [])]), () =>
        held.requireConfirmed(),
      ),
    cancel: async (run, how) =>
      held.lost.aborted
        ? { kind: 'withheld' }
        : faults.cancel(run, { ...how, mayCancel: async () => (await held.ask()) !== 'lost' }),
  };
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
