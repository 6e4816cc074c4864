import { Watch, type KubernetesObject } from '@kubernetes/client-node';

/** What the list-watch keeps of an object: what it tells objects apart by, and the trimmed one. */
export type Slip<Item> = KubernetesObject & { readonly item: Item };

export function toSlip<Raw extends KubernetesObject, Item>(
  object: Raw,
  trim: (object: Raw) => Item,
): Slip<Item> {
  const { name = '', namespace = '', resourceVersion = '' } = object.metadata ?? {};
  return { metadata: { name, namespace, resourceVersion }, item: trim(object) };
}

/** A watch whose objects are trimmed before anybody keeps them, and which is told how far versions have moved while nothing happens. */
export class TrimmingWatch extends Watch {
  readonly #watch: Watch;
  readonly #toSlip: (object: KubernetesObject) => object;

  constructor(watch: Watch, toTrimmed: (object: KubernetesObject) => object) {
    super(watch.config);
    this.#watch = watch;
    this.#toSlip = toTrimmed;
  }

  override watch(...[path, query, hear, done]: Parameters<Watch['watch']>) {
    const trimmed: typeof hear = (phase, object: KubernetesObject, event) => {
      const isObject = phase === 'ADDED' || phase === 'MODIFIED' || phase === 'DELETED';
      hear(phase, isObject ? this.#toSlip(object) : object, event);
    };
    return this.#watch.watch(path, { ...query, allowWatchBookmarks: true }, trimmed, done);
  }
}
