import type { CancelRefusal } from '../../domain/cancel-outcome.ts';
import type { Freeze } from '../../domain/freeze.ts';
import type { Progress } from '../../domain/progress.ts';
import type { Run } from '../../domain/run.ts';

/** Tells the conversation. Never rejects and never waits for delivery: a slow chat must not hold up a run. */
export interface Announcer {
  /** The run has changed: update its card, and post anew what people must notice. */
  runChanged(run: Run): void;
  /** New numbers for the live card; may be dropped in favour of newer ones. */
  progressed(run: Run, progress: Progress): void;
  /** An approved run waits until fewer runs are conducted, with so many others before it in line. */
  waits(run: Run, ahead: number): void;
  /** Azure did not accept the request to end the fault: tell proposer and approvers in a post of its own, once. */
  cancelRefused(run: Run, refusal: CancelRefusal): void;
  /** Azure accepted it after it had refused. */
  cancelAccepted(run: Run): void;
  /** Somebody stopped the run whom chaos.yaml does not let: tell proposer and approvers, once. */
  stopDisallowed(run: Run): void;
  /** A proposal expires soon: say so to those who may still decide, once. */
  remind(run: Run): void;
  /** Every card shows from now on that everything is frozen, or no longer. */
  freezeChanged(freeze: Freeze | undefined): void;
}
