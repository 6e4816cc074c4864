import type { PodChange } from './measurement.ts';

/** A span in which a pod was not what it should be, as the cluster showed it. */
export type Disturbance = {
  readonly pod: string;
  readonly from: number;
  /** When it, or a pod made in its place, was ready again; null when that was not seen. */
  readonly until: number | null;
  /** What happened, in the cluster's words, in order. */
  readonly details: readonly string[];
};

type Open = { -readonly [Key in keyof Disturbance]: Disturbance[Key] } & {
  /** A restart alone need not be seen as not ready; then nothing will say that it is ready again. */
  lasting: boolean;
};

/** The disturbances of pods in these changes, which are in order, oldest first. */
export function findDisturbances(changes: readonly PodChange[]): readonly Disturbance[] {
  const all: Open[] = [];
  const created = new Set<string>();
  const doomed = new Set(changes.filter(isDeletion).map(({ pod }) => pod));
  for (const change of changes) {
    const { at, pod, kind } = change;
    if (kind === 'created') created.add(pod);
    else if (kind !== 'ready') note(all, change);
    else {
      const isOpen = ({ until }: Open) => until === null;
      const own = all.find((other) => isOpen(other) && other.pod === pod);
      // A new pod takes the place of the one that has been going for longest; that may still be terminating.
      const replaced = all.find((other) => isOpen(other) && doomed.has(other.pod));
      const ended = own ?? (created.has(pod) ? replaced : undefined);
      if (ended) ended.until = at;
    }
  }
  return all.map(({ lasting, ...disturbance }) => ({
    ...disturbance,
    until: disturbance.until ?? (lasting ? null : disturbance.from),
  }));
}

const isDeletion = ({ kind }: PodChange) => kind === 'deleted';

function note(all: Open[], { at, pod, kind, detail }: PodChange): void {
  const last = all.findLast((other) => other.pod === pod);
  // That a pod is gone at last, after another has taken its place, is no new disturbance.
  const goes = last !== undefined && (last.until === null || kind === 'deleted');
  const open = goes ? last : { pod, from: at, until: null, details: [], lasting: false };
  if (!goes) all.push(open);
  open.details = [...open.details, detail || kind];
  open.lasting ||= kind !== 'restarted';
}
