import type { PodChange, PodStatus } from '../domain/measurement.ts';
import { ChangeLog } from './change-log.ts';
import { findPodChanges } from './find-pod-changes.ts';
import type { ObjectSink } from './follow-objects.ts';
import { ObjectHistory, toUnseen, type Change } from './object-history.ts';
import type { TrimmedPod } from './trimmed-pod.ts';

/** A controller makes a new pod as soon as one begins to end; what comes later was asked for by somebody. */
const replacedWithinMs = 60_000;
const mostLeaving = 1_000;
const mostPodsRemembered = 20_000;
const disturbing: readonly PodChange['kind'][] = ['not-ready', 'restarted', 'deleted'];

/** A pod that ends, and in whose place none came yet. */
type Leaving = { readonly name: string; readonly uid: string; readonly owner: string; at: number };

/** The pods of one selector and what happened to them, each thing once. */
export class PodHistory implements ObjectSink<TrimmedPod> {
  readonly #pods = new ObjectHistory<TrimmedPod>((change, at, isFirst) => {
    this.#remember(change.after ?? change.before);
    if (!isFirst) this.#note(change, at);
  });
  readonly #log = new ChangeLog<PodChange>();
  readonly #uids = new Set<string>();
  readonly #nodes = new Set<string>();
  /** The images that pods had when they were first seen, by uid, of those that there are. */
  readonly #firstImages = new Map<string, Readonly<Record<string, string>>>();
  /** Why each pod is not ready, as far as it was said: a container that crashes again and again does so for the same reason. */
  readonly #said = new Map<string, Set<string>>();
  readonly #inRotation: (uid: string) => boolean | undefined;
  #leaving: Leaving[] = [];
  /** Since when what is told now happened at some time; undefined where it is told as it happens. */
  #unseenSince: number | undefined;

  /** `inRotation` tells whether a service sends traffic to a pod, as far as that can be seen. */
  constructor(inRotation: (uid: string) => boolean | undefined = () => undefined) {
    this.#inRotation = inRotation;
  }

  pods(): readonly PodStatus[] {
    return this.#pods.objects();
  }

  changes(): readonly PodChange[] {
    return this.#log.wanted();
  }

  /** Whether a pod is one of these, or was. */
  has(uid: string): boolean {
    return this.#uids.has(uid);
  }

  /** Whether a node carries any of them, or did. */
  isOnNode(name: string): boolean {
    return this.#nodes.has(name);
  }

  replace(pods: readonly TrimmedPod[], resourceVersion: number, at: number, seenAt?: number): void {
    this.#unseenSince = seenAt;
    this.#pods.replace(pods, resourceVersion, at);
    this.#unseenSince = undefined;
  }

  observe(pod: TrimmedPod, at: number): void {
    this.#pods.observe(pod, at);
  }

  remove(pod: Pick<TrimmedPod, 'uid'>, at: number): void {
    this.#pods.remove(pod, at);
  }

  #remember({ uid, node, images }: TrimmedPod): void {
    this.#uids.add(uid);
    if (images && !this.#firstImages.has(uid)) this.#firstImages.set(uid, images);
    if (this.#uids.size > mostPodsRemembered)
      this.#uids.delete(this.#uids.values().next().value ?? '');
    if (node !== '') this.#nodes.add(node);
  }

  #note(change: Change<TrimmedPod>, at: number): void {
    const pod = change.after ?? change.before;
    const replaces = change.before ? undefined : this.#findReplaced(pod, at);
    this.#noteLeaving(change, at);
    const firstImages = this.#firstImages.get(pod.uid);
    const known = {
      ...(replaces === undefined ? {} : { replaces }),
      ...(firstImages && { firstImages }),
    };
    for (const told of findPodChanges(change, known)) {
      if (this.#isNew(pod, told))
        this.#log.add({
          at,
          pod: pod.name,
          ...told,
          ...this.#toRotation(pod, told),
          ...toUnseen(this.#unseenSince),
        });
    }
    if (!change.after || pod.ready) this.#said.delete(pod.uid);
    if (!change.after) this.#firstImages.delete(pod.uid);
  }

  /** Whether a pod got traffic when it was disturbed, for those that judge what that explains. */
  #toRotation(
    { uid }: TrimmedPod,
    { kind }: Pick<PodChange, 'kind'>,
  ): Pick<PodChange, 'inRotation'> {
    const inRotation = disturbing.includes(kind) ? this.#inRotation(uid) : undefined;
    return inRotation === undefined ? {} : { inRotation };
  }

  #isNew(
    { uid, reason = '', terminating }: TrimmedPod,
    { kind }: Pick<PodChange, 'kind'>,
  ): boolean {
    if (kind !== 'reason' && kind !== 'not-ready') return true;
    const said = this.#said.get(uid) ?? new Set();
    this.#said.set(uid, said);
    return said.size < said.add(terminating ? 'terminating' : reason).size || kind === 'not-ready';
  }

  #noteLeaving({ before, after }: Change<TrimmedPod>, at: number): void {
    const { name, uid, owner } = after ?? before;
    if (owner === undefined || (after && !isLeaving(after))) return;
    const known = this.#leaving.find((pod) => pod.uid === uid);
    // A StatefulSet waits with the next until the one before is gone.
    if (known) known.at = at;
    else if (!before || !isLeaving(before)) this.#leaving.push({ name, uid, owner, at });
    if (this.#leaving.length > mostLeaving) this.#leaving.shift();
  }

  /**
   * The last that left of the same owner and was not replaced yet: a ReplicaSet replaces a pod at once, and does not replace one that it scaled down. A
   * StatefulSet waits until the pod is gone and makes the next of the same name. Of two that left within the milliseconds before, one of them scaled down,
   * nothing tells which was replaced.
   */
  #findReplaced({ owner, name }: TrimmedPod, at: number): string | undefined {
    this.#leaving = this.#leaving.filter((pod) => at - pod.at <= replacedWithinMs);
    const own = this.#leaving.filter((pod) => pod.owner === owner);
    const replaced = own.find((pod) => pod.name === name) ?? own.at(-1);
    this.#leaving = this.#leaving.filter((pod) => pod !== replaced);
    return replaced?.name;
  }
}

const isLeaving = ({ terminating, failed }: TrimmedPod) => terminating || failed === true;
