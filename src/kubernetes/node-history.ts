import type { NodeChange } from '../domain/measurement.ts';
import type { LastSeen, NodeState } from '../domain/surroundings.ts';
import { ChangeLog } from './change-log.ts';
import type { ObjectSink } from './follow-objects.ts';
import { ObjectHistory, toUnseen } from './object-history.ts';
import type { TrimmedNode } from './trimmed-node.ts';

/** The nodes of a cluster, and what happened to those of interest. */
export class NodeHistory implements ObjectSink<TrimmedNode> {
  readonly #nodes = new ObjectHistory<TrimmedNode>((change, at, isFirst) => {
    if (isFirst) return;
    const { name } = change.after ?? change.before;
    for (const told of findChanges(change))
      this.#log.add({ at, node: name, ...told, ...toUnseen(this.#unseenSince) });
  });
  readonly #log: ChangeLog<NodeChange>;
  readonly #isOurs: (name: string) => boolean;
  readonly #before: LastSeen<NodeState> | undefined;
  #unseenSince: number | undefined;
  #isKnown = false;

  /**
   * `isOurs` tells whether a node carries pods of interest, or did; that may become known after the node. `before`: the nodes of interest as they were before a
   * restart; what differs in the first list changed since then.
   */
  constructor(isOurs: (name: string) => boolean, before?: LastSeen<NodeState>) {
    const known = new Set(before?.items.map(({ name }) => name));
    this.#isOurs = (name) => known.has(name) || isOurs(name);
    this.#before = before;
    this.#log = new ChangeLog(({ node }) => this.#isOurs(node));
  }

  changes(): readonly NodeChange[] {
    return this.#log.wanted();
  }

  /** The nodes of interest as they are now; undefined before the first complete list. */
  nodes(): readonly NodeState[] | undefined {
    if (!this.#isKnown) return undefined;
    return this.#nodes.objects().filter(({ name }) => this.#isOurs(name));
  }

  replace(
    nodes: readonly TrimmedNode[],
    resourceVersion: number,
    at: number,
    seenAt?: number,
  ): void {
    this.#unseenSince = seenAt;
    this.#nodes.replace(nodes, resourceVersion, at);
    this.#unseenSince = undefined;
    if (!this.#isKnown && this.#before) this.#compare(this.#before, at);
    this.#isKnown = true;
  }

  /** What differs from before a restart, by name: a node that was made anew has the name of the one that is gone. */
  #compare({ at: unseenSince, items }: LastSeen<NodeState>, at: number): void {
    const now = this.#nodes.objects();
    for (const before of items) {
      const { name: node, uid } = before;
      const same = now.find((other) => other.uid === uid);
      const others = now.filter((other) => !same && other.name === node);
      const changes = [
        ...findChanges({ before, after: same }),
        ...others.flatMap((after) => findChanges({ before: undefined, after })),
      ];
      for (const told of changes) this.#log.add({ at, node, ...told, unseenSince });
    }
  }

  observe(node: TrimmedNode, at: number): void {
    this.#nodes.observe(node, at);
  }

  remove(node: Pick<TrimmedNode, 'uid'>, at: number): void {
    this.#nodes.remove(node, at);
  }
}

type Told = Pick<NodeChange, 'kind' | 'detail'>;

type Step = { readonly before: NodeState | undefined; readonly after: NodeState | undefined };

function findChanges({ before, after }: Step): Told[] {
  if (!after) return [{ kind: 'gone', detail: 'gone' }];
  if (!before) return [{ kind: 'new', detail: after.ready ? 'new, ready' : 'new, not ready' }];
  const changes: Told[] = [];
  if (!before.unschedulable && after.unschedulable)
    changes.push({ kind: 'cordoned', detail: 'cordoned' });
  if (before.ready && !after.ready) {
    const why = after.reason === undefined ? '' : ` (${after.reason})`;
    changes.push({ kind: 'not-ready', detail: `not ready${why}` });
  }
  if (before.bootId !== '' && after.bootId !== '' && before.bootId !== after.bootId)
    changes.push({ kind: 'rebooted', detail: 'rebooted' });
  if (!before.ready && after.ready) changes.push({ kind: 'ready', detail: 'ready' });
  if (before.unschedulable && !after.unschedulable)
    changes.push({ kind: 'uncordoned', detail: 'uncordoned' });
  return changes;
}
