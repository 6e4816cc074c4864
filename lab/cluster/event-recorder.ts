import { randomUUID } from 'node:crypto';
import type { ClusterApi } from './cluster-api.ts';
import type { ObjectMeta } from './objects.ts';
import { toTimestamp } from './timestamp.ts';

export type NewEvent = {
  readonly about: { apiVersion: string; kind: string; metadata: ObjectMeta };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly source: { component: string; host?: string };
  readonly fieldPath?: string;
};

const TTL_MS = 60 * 60_000;
const MAX_EVENTS = 1_000;

/** Writes Events into the API: what happened again is counted on the same Event; old ones are dropped. */
export class EventRecorder {
  readonly #api: ClusterApi;
  /** By what makes two occurrences the same event; in the order of their last occurrence. */
  readonly #known = new Map<string, { namespace: string; name: string; at: number }>();

  constructor(api: ClusterApi) {
    this.#api = api;
  }

  record(event: NewEvent): void {
    const { about, reason, message, source, fieldPath } = event;
    const key = JSON.stringify([about.metadata.uid, reason, message, source, fieldPath]);
    const known = this.#known.get(key);
    const at = Date.now();
    this.#known.delete(key);
    this.#known.set(key, { ...(known ? this.#count(known) : this.#create(event)), at });
    this.#dropOld(at);
  }

  #count(ref: { namespace: string; name: string }): { namespace: string; name: string } {
    this.#api.events.update(ref, (draft) => {
      draft.count = (draft.count ?? 0) + 1;
      draft.lastTimestamp = toTimestamp();
    });
    return ref;
  }

  #create({ about, source, fieldPath, ...rest }: NewEvent): { namespace: string; name: string } {
    const { name, uid, resourceVersion } = about.metadata;
    const namespace = about.metadata.namespace ?? 'default';
    const ref = { namespace, name: `${name}.${randomUUID().replaceAll('-', '').slice(0, 16)}` };
    const now = toTimestamp();
    this.#api.events.create({
      metadata: ref,
      involvedObject: {
        apiVersion: about.apiVersion,
        kind: about.kind,
        ...(about.metadata.namespace && { namespace }),
        name,
        uid,
        resourceVersion,
        ...(fieldPath && { fieldPath }),
      },
      ...rest,
      count: 1,
      firstTimestamp: now,
      lastTimestamp: now,
      source,
      reportingComponent: source.component,
      reportingInstance: source.host ?? '',
    });
    return ref;
  }

  #dropOld(now: number): void {
    for (const [key, { at, ...ref }] of this.#known) {
      if (this.#known.size <= MAX_EVENTS && now - at < TTL_MS) return;
      this.#known.delete(key);
      this.#api.events.delete(ref);
    }
  }
}
