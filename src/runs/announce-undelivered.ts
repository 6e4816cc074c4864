import type { Announcer } from './ports/announcer.ts';
import type { Clock } from './ports/clock.ts';
import type { MessageLedger } from './ports/message-ledger.ts';

export type UndeliveredDeps = {
  readonly messages: MessageLedger;
  readonly announcer: Announcer;
  readonly clock: Clock;
};

/** Longer ago than this nobody waits to be told. */
const tellWithinMs = 24 * 3_600_000;

/** Tells what happened to runs and was not told before the process ended: that one waits for approval, how it ended, or who stopped it without permission. */
export async function announceUndelivered({
  messages,
  announcer,
  clock,
}: UndeliveredDeps): Promise<void> {
  for (const run of await messages.undelivered(clock.now() - tellWithinMs)) {
    announcer.runChanged(run);
    announcer.stopDisallowed(run);
  }
}
