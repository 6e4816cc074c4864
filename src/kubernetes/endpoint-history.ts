import type { PodChange } from '../domain/measurement.ts';
import { ChangeLog } from './change-log.ts';
import type { ObjectSink } from './follow-objects.ts';
import { ObjectHistory, type Change } from './object-history.ts';
import type { TrimmedEndpoint, TrimmedSlice } from './trimmed-slice.ts';

type RotationChange = PodChange & { readonly uid: string };

/**
 * Which pods get the traffic of which service, and when that changed. A pod is in rotation while any slice of the service has it as ready: slices are
 * split by address family, and endpoints move between them.
 */
export class EndpointHistory implements ObjectSink<TrimmedSlice> {
  readonly #slices = new ObjectHistory<TrimmedSlice>((change, at, isFirst) => {
    for (const told of this.#compare(change)) if (!isFirst) this.#log.add({ at, ...told });
  });
  /** How many slices of a service have a pod as ready, `service/uid`. */
  readonly #ready = new Map<string, number>();
  readonly #log: ChangeLog<RotationChange>;

  /** `isOurs` tells by its uid whether a pod is of interest; that may become known after its endpoint. */
  constructor(isOurs: (uid: string) => boolean) {
    this.#log = new ChangeLog(({ uid }) => isOurs(uid));
  }

  changes(): readonly PodChange[] {
    return this.#log.wanted();
  }

  replace(slices: readonly TrimmedSlice[], resourceVersion: number, at: number): void {
    this.#slices.replace(slices, resourceVersion, at);
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
      const kind = this.#step(`${service}/${uid}`, step);
      if (kind) changes.push({ uid, pod, kind, detail: toDetail(kind, service, is) });
    }
    return changes;
  }

  /** Whether the pod came into rotation or went out of it by this. */
  #step(key: string, step: number): 'in-rotation' | 'out-of-rotation' | undefined {
    const before = this.#ready.get(key) ?? 0;
    const after = before + step;
    if (after > 0) this.#ready.set(key, after);
    else this.#ready.delete(key);
    if (before === 0 && after > 0) return 'in-rotation';
    return before > 0 && after <= 0 ? 'out-of-rotation' : undefined;
  }
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
