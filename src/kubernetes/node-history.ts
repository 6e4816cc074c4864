import type { NodeChange } from '../domain/measurement.ts';
import { ChangeLog } from './change-log.ts';
import type { ObjectSink } from './follow-objects.ts';
import { ObjectHistory, type Change } from './object-history.ts';
import type { TrimmedNode } from './trimmed-node.ts';

/** The nodes of a cluster, and what happened to those of interest. */
export class NodeHistory implements ObjectSink<TrimmedNode> {
  readonly #nodes = new ObjectHistory<TrimmedNode>((change, at, isFirst) => {
    if (isFirst) return;
    const { name } = change.after ?? change.before;
    for (const told of findChanges(change)) this.#log.add({ at, node: name, ...told });
  });
  readonly #log: ChangeLog<NodeChange>;

  /** `isOurs` tells whether a node carries pods of interest, or did; that may become known after the node. */
  constructor(isOurs: (name: string) => boolean) {
    this.#log = new ChangeLog(({ node }) => isOurs(node));
  }

  changes(): readonly NodeChange[] {
    return this.#log.wanted();
  }

  replace(nodes: readonly TrimmedNode[], resourceVersion: number, at: number): void {
    this.#nodes.replace(nodes, resourceVersion, at);
  }

  observe(node: TrimmedNode, at: number): void {
    this.#nodes.observe(node, at);
  }

  remove(node: Pick<TrimmedNode, 'uid'>, at: number): void {
    this.#nodes.remove(node, at);
  }
}

type Told = Pick<NodeChange, 'kind' | 'detail'>;

function findChanges({ before, after }: Change<TrimmedNode>): Told[] {
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
