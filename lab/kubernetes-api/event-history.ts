import type { ObjectsByResource, ResourceName } from './resources.ts';

/** One change. `previous` is what the object was before (MODIFIED and DELETED). */
export type StoreEvent<R extends ResourceName = ResourceName> = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: ObjectsByResource[R];
  readonly previous?: ObjectsByResource[R];
  /** Equals `object.metadata.resourceVersion`, as a number. */
  readonly revision: number;
};

/** The last changes of one resource, so that a watch can start a little in the past. */
export class EventHistory<R extends ResourceName> {
  readonly #limit: number;
  #events: StoreEvent<R>[] = [];
  #forgottenUntil = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(event: StoreEvent<R>): void {
    this.#events.push(event);
    if (this.#events.length <= this.#limit) return;
    this.#forgottenUntil = this.#events.shift()?.revision ?? this.#forgottenUntil;
  }

  /** Changes after `revision`, oldest first; `expired` when some of them are forgotten. */
  since(revision: number): readonly StoreEvent<R>[] | 'expired' {
    if (revision < this.#forgottenUntil) return 'expired';
    return this.#events.filter((event) => event.revision > revision);
  }

  forgetUntil(revision: number): void {
    this.#events = this.#events.filter((event) => event.revision > revision);
    this.#forgottenUntil = revision;
  }
}
