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

  /** Never rejects: the list-watch waits for nothing that it passes on, so that a failure would be nobody's. It is told of it by `done`. */
  override async watch(...[path, query, hear, done]: Parameters<Watch['watch']>) {
    const fail = (error: unknown) => void settle(() => done(error));
    const trimmed: typeof hear = (phase, object: unknown, event) => {
      // A line without an object has nothing to tell; the list-watch would fail on it where nobody catches it.
      if (!isObject(object)) return;
      const isChange = phase === 'ADDED' || phase === 'MODIFIED' || phase === 'DELETED';
      const told = isChange ? this.#toSlip(object) : object;
      settle(() => hear(phase, told, event)).catch(fail);
    };
    const end: typeof done = (error: unknown) => {
      settle(() => done(error)).catch(fail);
    };
    try {
      return await this.#watch.watch(path, { ...query, allowWatchBookmarks: true }, trimmed, end);
    } catch (error) {
      // The credential of the kubeconfig could not be had, for instance.
      end(error);
      return new AbortController();
    }
  }
}

function isObject(object: unknown): object is KubernetesObject {
  if (typeof object !== 'object' || object === null) return false;
  const { metadata } = object as { metadata?: unknown };
  return metadata === undefined || (typeof metadata === 'object' && metadata !== null);
}

/** What is called here returns a promise although its type says otherwise. */
async function settle(call: () => unknown): Promise<void> {
  await call();
}
