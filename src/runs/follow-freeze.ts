import type { Announcer } from './ports/announcer.ts';
import type { FreezeStore } from './ports/freeze-store.ts';

export type FollowDeps = {
  readonly freezes: FreezeStore;
  readonly announcer: Pick<Announcer, 'freezeChanged'>;
};

/** Makes what notices, to be called first and then now and then, that everything was frozen, or no longer, by whichever replica. */
export function createFreezeFollower({ freezes, announcer }: FollowDeps) {
  let known: number | undefined;
  return async (): Promise<void> => {
    const current = await freezes.current();
    if (current?.at === known) return;
    known = current?.at;
    announcer.freezeChanged(current);
  };
}
