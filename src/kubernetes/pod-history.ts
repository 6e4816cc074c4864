import type { PodChange, PodStatus } from '../domain/measurement.ts';
import type { ObjectSink } from './follow-objects.ts';
import { ObjectHistory, type Change } from './object-history.ts';
import type { TrimmedPod } from './trimmed-pod.ts';

/** How many changes are remembered; a run that sees more than this is past being read. */
const mostChanges = 5_000;

/** The pods of one selector and what happened to them, each thing once. */
export class PodHistory implements ObjectSink<TrimmedPod> {
  readonly #pods = new ObjectHistory<TrimmedPod>((change, at) => this.#note(change, at));
  #changes: PodChange[] = [];

  pods(): readonly PodStatus[] {
    return this.#pods.objects();
  }

  changes(): readonly PodChange[] {
    return this.#changes;
  }

  replace(pods: readonly TrimmedPod[], resourceVersion: number, at: number): void {
    this.#pods.replace(pods, resourceVersion, at);
  }

  observe(pod: TrimmedPod, at: number): void {
    this.#pods.observe(pod, at);
  }

  remove(pod: Pick<TrimmedPod, 'uid'>, at: number): void {
    this.#pods.remove(pod, at);
  }

  #note(change: Change<TrimmedPod>, at: number): void {
    const { name } = change.after ?? change.before;
    for (const told of toChanges(change)) this.#changes.push({ at, pod: name, ...told });
    // Rarely, since it copies all of them.
    if (this.#changes.length > 2 * mostChanges) this.#changes = this.#changes.slice(-mostChanges);
  }
}

type Told = Pick<PodChange, 'kind' | 'detail'>;

const isServing = ({ ready, terminating }: TrimmedPod) => ready && !terminating;

function toChanges({ before, after }: Change<TrimmedPod>): Told[] {
  if (!after) return [{ kind: 'deleted', detail: 'deleted' }];
  return before ? findChanges(before, after) : findFirstChanges(after);
}

function findFirstChanges(pod: TrimmedPod): Told[] {
  const created: Told = {
    kind: 'created',
    detail: pod.node === '' ? 'created' : `created on ${pod.node}`,
  };
  return isServing(pod) ? [created, { kind: 'ready', detail: 'ready' }] : [created];
}

function findChanges(before: TrimmedPod, after: TrimmedPod): Told[] {
  const changes: Told[] = [];
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
