import { compareImages } from '../domain/compare-images.ts';
import type { PodChange, PodStatus } from '../domain/measurement.ts';

export type Absence = {
  /** Until when pods were observed, and when they were seen again; ms since the epoch. */
  readonly since: number;
  readonly at: number;
};

/** Compares the pods before and after a time in which nobody looked: what differs changed at some time within it. */
export function findUnseenChanges(
  before: readonly PodStatus[],
  now: readonly PodStatus[],
  { since, at }: Absence,
): readonly PodChange[] {
  const known = new Map(before.map((pod) => [pod.uid, pod]));
  const found = new Set(now.map(({ uid }) => uid));
  const gone = before
    .filter(({ uid }) => !found.has(uid))
    .map(({ name, uid }) => ({ pod: name, uid, kind: 'deleted', detail: 'deleted' }) as const);
  // Which came in the place of which is not known: as many as are gone came for them.
  const places = gone.map(({ pod }) => pod);
  const others = now.flatMap((pod) => {
    const was = known.get(pod.uid);
    return was ? compare(was, pod) : describeNew(pod, places.shift());
  });
  return [...gone, ...others].map((change) => ({ at, ...change, unseenSince: since }));
}

type Told = Omit<PodChange, 'at' | 'unseenSince'>;

function describeNew(
  { name, uid, node, ready }: PodStatus,
  replaces: string | undefined,
): readonly Told[] {
  const instead = replaces === undefined ? {} : { replaces };
  const created = { pod: name, uid, kind: 'created', detail: 'created', node, ...instead } as const;
  return ready ? [created, { pod: name, uid, kind: 'ready', detail: 'ready' }] : [created];
}

function compare(was: PodStatus, now: PodStatus): readonly Told[] {
  const { name: pod, uid, ready, restarts, reason } = now;
  const why = reason === undefined ? '' : ` (${reason})`;
  return [
    ...compareImages(was.images, now.images).map((change) => ({ pod, uid, ...change })),
    ...(restarts > was.restarts
      ? [{ pod, uid, kind: 'restarted', detail: 'restarted' } as const]
      : []),
    ...(was.ready && !ready
      ? [{ pod, uid, kind: 'not-ready', detail: `not ready${why}` } as const]
      : []),
    ...(!was.ready && ready ? [{ pod, uid, kind: 'ready', detail: 'ready' } as const] : []),
  ];
}
