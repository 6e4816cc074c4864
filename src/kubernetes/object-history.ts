import type { ObjectSink } from './follow-objects.ts';

/** What tells an object from others and a change from a repetition. */
export type Tracked = {
  readonly uid: string;
  readonly name: string;
  /** Grows with each change of the object; not a number for servers that make it opaque. */
  readonly resourceVersion: number;
};

/** How an object changed: nothing before is a new one, nothing after one that is gone. */
export type Change<Item> =
  | { readonly before: Item | undefined; readonly after: Item }
  | { readonly before: Item; readonly after: undefined };

/** `isFirst`: it belongs to the state that there was to begin with, and did not happen now. */
export type OnChange<Item> = (change: Change<Item>, at: number, isFirst: boolean) => void;

/** What a change says of when it happened, where that was since `unseenSince`, while nothing was seen. */
export function toUnseen(unseenSince: number | undefined): { readonly unseenSince?: number } {
  return unseenSince === undefined ? {} : { unseenSince };
}

const mostTombstones = 10_000;

/** Objects as they are now. It is told the same things twice, by a watch and by lists that may lag behind it, and passes on each change once. */
export class ObjectHistory<Item extends Tracked> implements ObjectSink<Item> {
  readonly #objects = new Map<string, Item>();
  readonly #gone = new Set<string>();
  readonly #onChange: OnChange<Item>;
  #known = false;

  constructor(onChange: OnChange<Item>) {
    this.#onChange = onChange;
  }

  objects(): readonly Item[] {
    return Array.from(this.#objects.values());
  }

  /** A complete list, as of `resourceVersion`. The first one is the state to begin with and not a change. */
  replace(items: readonly Item[], resourceVersion: number, at: number): void {
    const listed = new Set(items.map(({ uid }) => uid));
    // Those that are gone first: what took their place came after them.
    for (const item of this.#objects.values()) {
      const newer = item.resourceVersion > resourceVersion;
      if (!listed.has(item.uid) && !newer) this.remove(item, at);
    }
    for (const item of items) this.observe(item, at);
    this.#known = true;
  }

  /** An object as it is, or was: what is older than what is known is passed over. */
  observe(item: Item, at: number): void {
    if (this.#gone.has(item.uid)) return;
    const before = this.#objects.get(item.uid);
    if (before && item.resourceVersion < before.resourceVersion) return;
    this.#objects.set(item.uid, item);
    this.#onChange({ before, after: item }, at, !this.#known);
  }

  remove({ uid }: Pick<Item, 'uid'>, at: number): void {
    const before = this.#objects.get(uid);
    if (!before) return;
    this.#objects.delete(uid);
    this.#gone.add(uid);
    if (this.#gone.size > mostTombstones) this.#gone.delete(this.#gone.values().next().value ?? '');
    this.#onChange({ before, after: undefined }, at, !this.#known);
  }
}
