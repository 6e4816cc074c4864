import type { ActiveRuns } from './active-runs.ts';
import type { Announcer } from './ports/announcer.ts';
import type { FreezeStore } from './ports/freeze-store.ts';

export type FollowDeps = {
  readonly freezes: FreezeStore;
  readonly announcer: Pick<Announcer, 'freezeChanged'>;
  readonly active: Pick<ActiveRuns, 'unrecordedFreeze'>;
};

/**
 * Creates a poller that announces a freeze or unfreeze made by any replica. It also records a freeze that was asked for here while the database was away.
 */
export function createFreezeFollower({ freezes, announcer, active }: FollowDeps) {
  let known: number | undefined;
  return async (): Promise<void> => {
    const asked = active.unrecordedFreeze;
    if (asked) await freezes.freezeLate(asked);
    if (active.unrecordedFreeze === asked) active.unrecordedFreeze = undefined;
    const current = await freezes.current();
    if (current?.at === known) return;
    known = current?.at;
    announcer.freezeChanged(current);
  };
}
