import type { PodChange } from '../domain/measurement.ts';
import type { InRotation, LastSeen } from '../domain/surroundings.ts';
import { ChangeLog } from './change-log.ts';
import type { ObjectSink } from './follow-objects.ts';
import { ObjectHistory, toUnseen, type Change } from './object-history.ts';
import type { TrimmedEndpoint, TrimmedSlice } from './trimmed-slice.ts';

type RotationChange = PodChange & { readonly uid: string };

/**
 * Which pods get the traffic of which service, and when that changed. A pod is in rotation while any slice of the service has it as ready: slices are
 * split by address family, and endpoints move between them.
 */
export class EndpointHistory implements ObjectSink<TrimmedSlice> {
  readonly #slices = new ObjectHistory<TrimmedSlice>((change, at, isFirst) => {
    for (const told of this.#compare(change))
      if (!isFirst) this.#log.add({ at, ...told, ...toUnseen(this.#unseenSince) });
  });
  /** How many slices of a service have a pod as ready, `service/uid`. */
  readonly #ready = new Map<string, number>();
  /** How many services send traffic to a pod, by its uid. */
  readonly #services = new Map<string, number>();
  readonly #log: ChangeLog<RotationChange>;
  readonly #isOurs: (uid: string) => boolean;
  readonly #before: LastSeen<InRotation> | undefined;
  #unseenSince: number | undefined;
  #isKnown = false;

  /**
   * `isOurs` tells by its uid whether a pod is of interest; that may become known after its endpoint. `before`: who got traffic before a restart; what differs
   * in the first list changed since then.
   */
  constructor(isOurs: (uid: string) => boolean, before?: LastSeen<InRotation>) {
    this.#isOurs = isOurs;
    this.#before = before;
    this.#log = new ChangeLog(({ uid }) => isOurs(uid));
  }

  changes(): readonly PodChange[] {
    return this.#log.wanted();
  }

  /** Whether any service sends traffic to a pod; undefined before the first complete list. */
  inRotation(uid: string): boolean | undefined {
    return this.#isKnown ? this.#services.has(uid) : undefined;
  }

  /** The pods of interest that get traffic now; undefined before the first complete list. */
  rotation(): readonly InRotation[] | undefined {
    return this.#isKnown ? this.#listReady().filter(({ uid }) => this.#isOurs(uid)) : undefined;
  }

  #listReady(): readonly InRotation[] {
    const found = new Map<string, InRotation>();
    for (const { service, endpoints } of this.#slices.objects())
      for (const [uid, { pod, ready }] of endpoints)
        if (ready) found.set(toKey({ service, uid }), { uid, pod, service });
    return Array.from(found.values());
  }

  replace(
    slices: readonly TrimmedSlice[],
    resourceVersion: number,
    at: number,
    seenAt?: number,
  ): void {
    this.#unseenSince = seenAt;
    this.#slices.replace(slices, resourceVersion, at);
    this.#unseenSince = undefined;
    if (!this.#isKnown && this.#before) this.#tellDifferences(this.#before, at);
    this.#isKnown = true;
  }

  /** What differs from before a restart. */
  #tellDifferences({ at: unseenSince, items }: LastSeen<InRotation>, at: number): void {
    const now = this.#listReady();
    const tell = (kind: 'in-rotation' | 'out-of-rotation', those: readonly InRotation[]) => {
      for (const { uid, pod, service } of those)
        this.#log.add({
          at,
          uid,
          pod,
          kind,
          detail: toDetail(kind, service, undefined),
          unseenSince,
        });
    };
    tell('out-of-rotation', findMissing(items, now));
    tell('in-rotation', findMissing(now, items));
  }

  observe(slice: TrimmedSlice, at: number): void {
    this.#slices.observe(slice, at);
  }

  remove(slice: Pick<TrimmedSlice, 'uid'>, at: number): void {
    this.#slices.remove(slice, at);
  }

  #compare({ before, after }: Change<TrimmedSlice>): Omit<RotationChange, 'at'>[] {
    const { service } = after ?? before;
    const changes: Omit<RotationChange, 'at'>[] = [];
    const pods = new Map([...(before?.endpoints ?? []), ...(after?.endpoints ?? [])]);
    for (const [uid, { pod }] of pods) {
      const [was, is] = [before?.endpoints.get(uid), after?.endpoints.get(uid)];
      const step = Number(is?.ready ?? false) - Number(was?.ready ?? false);
      if (step === 0) continue;
      const kind = this.#step(toKey({ service, uid }), step);
      if (kind === undefined) continue;
      addTo(this.#services, uid, kind === 'in-rotation' ? 1 : -1);
      changes.push({ uid, pod, kind, detail: toDetail(kind, service, is) });
    }
    return changes;
  }

  /** Whether the pod came into rotation or went out of it by this. */
  #step(key: string, step: number): 'in-rotation' | 'out-of-rotation' | undefined {
    const before = this.#ready.get(key) ?? 0;
    const after = addTo(this.#ready, key, step);
    if (before === 0 && after > 0) return 'in-rotation';
    return before > 0 && after === 0 ? 'out-of-rotation' : undefined;
  }
}

const toKey = ({ service, uid }: Pick<InRotation, 'service' | 'uid'>) => `${service}/${uid}`;

/** Those of `items` that are not among `others`. */
function findMissing(
  items: readonly InRotation[],
  others: readonly InRotation[],
): readonly InRotation[] {
  const known = new Set(others.map(toKey));
  return items.filter((item) => !known.has(toKey(item)));
}

/** Adds to a count that is kept only while it is above 0, and returns it. */
function addTo(counts: Map<string, number>, key: string, step: number): number {
  const count = Math.max(0, (counts.get(key) ?? 0) + step);
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
  return count;
}

function toDetail(
  kind: 'in-rotation' | 'out-of-rotation',
  service: string,
  endpoint: TrimmedEndpoint | undefined,
): string {
  if (kind === 'in-rotation') return `in rotation of service ${service}`;
  const why = endpoint?.terminating ? ' (terminating)' : '';
  return `out of rotation of service ${service}${why}`;
}
