import type { PodChange, PodStatus } from '../domain/measurement.ts';
import type { TrimmedPod } from './trimmed-pod.ts';

/** How many changes are remembered; a run that sees more than this is past being read. */
const mostChanges = 5_000;
const mostTombstones = 10_000;

/**
 * The pods of one selector and what happened to them. It is told the same things twice, by a watch and by lists that may lag behind it, and
 * notes each change once.
 */
export class PodHistory {
  readonly #pods = new Map<string, TrimmedPod>();
  readonly #gone = new Set<string>();
  #changes: PodChange[] = [];
  #known = false;

  pods(): readonly PodStatus[] {
    return Array.from(this.#pods.values());
  }

  changes(): readonly PodChange[] {
    return this.#changes;
  }

  /** A complete list, as of `resourceVersion`. The first one is the state to begin with and not a change. */
  replace(pods: readonly TrimmedPod[], resourceVersion: number, at: number): void {
    for (const pod of pods) this.observe(pod, at);
    this.#known = true;
    const listed = new Set(pods.map(({ uid }) => uid));
    for (const pod of this.#pods.values()) {
      const newer = pod.resourceVersion > resourceVersion;
      if (!listed.has(pod.uid) && !newer) this.remove(pod, at);
    }
  }

  /** A pod as it is, or was: what is older than what is known is passed over. */
  observe(pod: TrimmedPod, at: number): void {
    if (this.#gone.has(pod.uid)) return;
    const before = this.#pods.get(pod.uid);
    if (before && pod.resourceVersion < before.resourceVersion) return;
    this.#pods.set(pod.uid, pod);
    if (!this.#known) return;
    const changes = before ? findChanges(before, pod) : findFirstChanges(pod);
    this.#note(changes.map((change) => ({ at, pod: pod.name, ...change })));
  }

  remove({ uid, name }: Pick<TrimmedPod, 'uid' | 'name'>, at: number): void {
    if (!this.#pods.delete(uid)) return;
    this.#gone.add(uid);
    if (this.#gone.size > mostTombstones) this.#gone.delete(this.#gone.values().next().value ?? '');
    this.#note([{ at, pod: name, kind: 'deleted', detail: 'deleted' }]);
  }

  #note(changes: readonly PodChange[]): void {
    this.#changes.push(...changes);
    // Rarely, since it copies all of them.
    if (this.#changes.length > 2 * mostChanges) this.#changes = this.#changes.slice(-mostChanges);
  }
}

type Change = Pick<PodChange, 'kind' | 'detail'>;

const isServing = ({ ready, terminating }: TrimmedPod) => ready && !terminating;

function findFirstChanges(pod: TrimmedPod): Change[] {
  const created: Change = {
    kind: 'created',
    detail: pod.node === '' ? 'created' : `created on ${pod.node}`,
  };
  return isServing(pod) ? [created, { kind: 'ready', detail: 'ready' }] : [created];
}

function findChanges(before: TrimmedPod, after: TrimmedPod): Change[] {
  const changes: Change[] = [];
  if (after.restarts > before.restarts) {
    const why = after.lastTermination === undefined ? '' : ` (${after.lastTermination})`;
    changes.push({ kind: 'restarted', detail: `restarted${why}` });
  }
  if (isServing(before) && !isServing(after))
    changes.push({ kind: 'not-ready', detail: toNotReady(after) });
  if (!isServing(before) && isServing(after)) changes.push({ kind: 'ready', detail: 'ready' });
  return changes;
}

function toNotReady({ terminating, reason }: TrimmedPod): string {
  if (terminating) return 'not ready (terminating)';
  return reason === undefined ? 'not ready' : `not ready (${reason})`;
}
