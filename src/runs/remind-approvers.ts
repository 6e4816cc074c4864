import type { Catalogue } from '../domain/catalogue.ts';
import type { RunId } from '../domain/ids.ts';
import type { Announcer } from './ports/announcer.ts';
import type { Clock } from './ports/clock.ts';
import type { RunStore } from './ports/run-store.ts';

export type RemindDeps = {
  readonly runs: RunStore;
  readonly catalogue: Catalogue;
  readonly announcer: Announcer;
  readonly clock: Clock;
};

/**
 * Makes what reminds, to be called now and then, of each proposal that expires soon. A reminder that was said before a restart is known to whoever says it;
 * what is remembered here only spares asking.
 */
export function createReminders({ runs, catalogue, announcer, clock }: RemindDeps) {
  const reminded = new Set<RunId>();
  const { remindBeforeMs } = catalogue.approvals;
  return async (): Promise<void> => {
    const open = await runs.list({ phases: ['proposed'] });
    const now = clock.now();
    const due = open.filter(
      ({ id, proposal: { proposedAt, expiresAt } }) =>
        !reminded.has(id) &&
        now < expiresAt &&
        // One that waits for less than the time of a reminder would be reminded of as it is proposed.
        now >= expiresAt - Math.min(remindBeforeMs, (expiresAt - proposedAt) / 2),
    );
    for (const id of reminded) if (open.every((run) => run.id !== id)) reminded.delete(id);
    for (const run of due) {
      reminded.add(run.id);
      announcer.remind(run);
    }
  };
}
