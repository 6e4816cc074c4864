import type { PodAction } from '../../domain/fault.ts';
import type { FaultRecord, RecordedPod } from '../../domain/injection.ts';
import type { PodChange } from '../../domain/measurement.ts';
import type { SignedHit } from './find-signatures.ts';

/** What tells the records of one run's fault from others. */
export type Sought = {
  readonly action: PodAction;
  readonly labels: Readonly<Record<string, string>>;
  /** When the start was asked for, ms since the epoch. */
  readonly askedAt: number;
  /** Absent where they were not read before the start. */
  readonly before?: RecordsBefore;
};

/** The records of the same kind of fault that were read before the start was asked for. */
export type RecordsBefore = {
  /** When they were read last, ms since the epoch. */
  readonly readAt: number;
  readonly uids: readonly string[];
};

/** Somebody may make another one between that reading and the start. */
const readBeforeWithinMs = 15_000;
/** Kubernetes gives times in whole seconds, by a clock that may be behind ours. */
const clockSkewMs = 5_000;
/** Less is no difference between clocks. */
const leastErrorMs = 2_000;

/** The records of a fault of this action on these labels. */
export function findSameRecords(
  records: readonly FaultRecord[],
  { action, labels }: Pick<Sought, 'action' | 'labels'>,
): readonly FaultRecord[] {
  return records.filter((record) => record.action === action && isSame(record.labels, labels));
}

/**
 * The records of a fault: of its action, on its labels, and made after its start was asked for. Those that were not there shortly before the start were, whatever
 * the clock of the cluster says; without such a reading the clock decides.
 */
export function findOwnRecords(
  records: readonly FaultRecord[],
  { askedAt, before, ...sought }: Sought,
): readonly FaultRecord[] {
  const known =
    before && askedAt - before.readAt <= readBeforeWithinMs ? new Set(before.uids) : undefined;
  return findSameRecords(records, sought).filter(({ uid, createdAt }) =>
    known ? !known.has(uid) : createdAt >= askedAt - clockSkewMs,
  );
}

/**
 * Returns a record of the run with its times by our clock, where they contradict it: it was made at `earliest` or later, and before it was read. They stay as far
 * apart as they are.
 */
export function correctRecord(record: FaultRecord, earliest: number): FaultRecord {
  const { createdAt, readAt = Infinity, pods } = record;
  const byMs = Math.max(earliest - createdAt, 0) || Math.min(readAt - createdAt, 0);
  if (Math.abs(byMs) <= leastErrorMs) return record;
  // Records without events do not tell when.
  const shift = (at: number | null) => (at === null || at === 0 ? at : at + byMs);
  return {
    ...record,
    createdAt: createdAt + byMs,
    pods: pods.map((pod) => ({
      ...pod,
      injectedAt: shift(pod.injectedAt),
      recoveredAt: shift(pod.recoveredAt),
    })),
  };
}

function isSame(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  const [ours, theirs] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  return (
    ours.size === theirs.size && Array.from(ours).every(([key, value]) => theirs.get(key) === value)
  );
}

const kindOf: Readonly<Record<PodAction, PodChange['kind']>> = {
  'pod-kill': 'deleted',
  'container-kill': 'restarted',
  'pod-failure': 'image',
};

/**
 * The pods that the records say were hit. What the cluster showed of each is its evidence, where it showed anything. The hit dates from the record where that
 * is earlier, as a restart is seen seconds after it, or where the cluster was not watched; its end dates from the record in the latter case alone.
 */
export function toRecordedHits(
  records: readonly FaultRecord[],
  signed: readonly SignedHit[],
  { action, askedAt }: Sought,
): readonly SignedHit[] {
  const pods = new Map<string, RecordedPod>();
  for (const pod of records.flatMap(({ pods: all }) => all)) {
    const key = `${pod.namespace}/${pod.pod}`;
    // Of several containers of a pod, the one that was hit counts.
    if (pod.injectedAt !== null || !pods.has(key)) pods.set(key, pod);
  }
  return Array.from(pods.values(), ({ pod, injectedAt, recoveredAt }): SignedHit | undefined => {
    if (injectedAt === null) return undefined;
    const shown = signed.find((hit) => hit.pod === pod);
    const at = Math.max(askedAt, injectedAt);
    const detail = `hit by Chaos Mesh (${action})`;
    const evidence = shown?.evidence ?? { at, pod, kind: kindOf[action], detail };
    return { pod, evidence, ...dateHit(at, injectedAt, shown), ...dateRemoval(recoveredAt, shown) };
  }).flatMap((hit) => hit ?? []);
}

type HitTime = Pick<SignedHit, 'from' | 'notBefore'>;

/** Records without events do not tell when. */
function dateHit(at: number, injectedAt: number, shown: SignedHit | undefined): HitTime {
  if (!shown) return { from: at };
  const { from, notBefore } = shown;
  if (injectedAt === 0) return { from, ...(notBefore === undefined ? {} : { notBefore }) };
  return { from: notBefore === undefined ? Math.min(at, from) : at };
}

type RemovalTime = Pick<SignedHit, 'until' | 'goneNotBefore'>;

function dateRemoval(recoveredAt: number | null, shown: SignedHit | undefined): RemovalTime {
  const recordedAt = recoveredAt === 0 ? null : recoveredAt;
  const { until = null, goneNotBefore } = shown ?? {};
  if (until === null || (goneNotBefore !== undefined && recordedAt !== null))
    return { until: recordedAt };
  return { until, ...(goneNotBefore === undefined ? {} : { goneNotBefore }) };
}
