import type { PodAction } from '../../domain/fault.ts';
import type { FaultRecord, RecordedPod } from '../../domain/injection.ts';
import type { PodChange } from '../../domain/measurement.ts';
import { toldWithinMs, type SignedHit } from './find-signatures.ts';

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

/** Returns a record with the time by which it was read first, and each of its pods with the one by which it was first read as hit; `known`: as it was read before. */
export function markRead(
  record: FaultRecord,
  known: FaultRecord | undefined,
  readAt: number,
): FaultRecord {
  const findKnown = ({ namespace, pod }: RecordedPod) =>
    known?.pods.find(
      (one) => one.namespace === namespace && one.pod === pod && one.injectedAt !== null,
    );
  const pods = record.pods.map((pod) =>
    pod.injectedAt === null ? pod : { ...pod, readAt: findKnown(pod)?.readAt ?? readAt },
  );
  return { ...record, readAt: known?.readAt ?? readAt, pods };
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
 * is earlier, as far as what the cluster showed allows; its end dates from the record only where the cluster was not watched. `earliest`: when the executor
 * may have begun, ms since the epoch.
 */
export function toRecordedHits(
  records: readonly FaultRecord[],
  signed: readonly SignedHit[],
  { action, earliest }: Pick<Sought, 'action'> & { readonly earliest: number },
): readonly SignedHit[] {
  const pods = new Map<string, RecordedPod>();
  for (const pod of records.flatMap(({ pods: all }) => all)) {
    const key = `${pod.namespace}/${pod.pod}`;
    // Of several containers of a pod, the one that was hit counts.
    if (pod.injectedAt !== null || !pods.has(key)) pods.set(key, pod);
  }
  return Array.from(pods.values(), (recorded): SignedHit | undefined => {
    const { pod, injectedAt, recoveredAt } = recorded;
    if (injectedAt === null) return undefined;
    const shown = signed.find((hit) => hit.pod === pod);
    const when = { ...recorded, injectedAt, earliest };
    const hitTime = shown ? dateShown(shown, when) : dateUnshown(when);
    const evidence = shown?.evidence ?? toEvidence(pod, action, hitTime);
    return { pod, evidence, ...hitTime, ...dateRemoval(recoveredAt, shown) };
  }).flatMap((hit) => hit ?? []);
}

type HitTime = Pick<SignedHit, 'from' | 'notBefore'>;

/** When a pod was hit by its record, and when that may have been; ms since the epoch. */
type Recorded = {
  readonly injectedAt: number;
  readonly readAt?: number;
  readonly earliest: number;
};

function toEvidence(pod: string, action: PodAction, { from, notBefore }: HitTime): PodChange {
  const detail = `hit by Chaos Mesh (${action})`;
  const unseen = notBefore === undefined ? {} : { unseenSince: notBefore };
  return { at: from, pod, kind: kindOf[action], detail, ...unseen };
}

/**
 * The cluster tells of a change at once, and its clock may differ from ours: a record moves a hit that was seen by no more than telling takes, and one that was
 * not seen within the time in which nobody looked. A restart that does not tell when its container ended is seen long after that. Records without events do not tell when.
 */
function dateShown(
  { from, notBefore, evidence }: SignedHit,
  { injectedAt, earliest }: Recorded,
): HitTime {
  if (injectedAt === 0) return { from, ...(notBefore === undefined ? {} : { notBefore }) };
  const isEndUnknown = evidence.kind === 'restarted' && evidence.endedAt === undefined;
  const least = isEndUnknown ? earliest : (notBefore ?? from) - toldWithinMs;
  return { from: Math.min(from, Math.max(injectedAt, least)) };
}

/** What only a record without events shows happened at some time before it was read. */
function dateUnshown({ injectedAt, readAt, earliest }: Recorded): HitTime {
  return injectedAt > 0 || readAt === undefined
    ? { from: Math.max(earliest, injectedAt) }
    : { from: Math.max(earliest, readAt), notBefore: earliest };
}

type RemovalTime = Pick<SignedHit, 'until' | 'goneNotBefore'>;

function dateRemoval(recoveredAt: number | null, shown: SignedHit | undefined): RemovalTime {
  const recordedAt = recoveredAt === 0 ? null : recoveredAt;
  const { until = null, goneNotBefore } = shown ?? {};
  if (until === null || (goneNotBefore !== undefined && recordedAt !== null))
    return { until: recordedAt };
  return { until, ...(goneNotBefore === undefined ? {} : { goneNotBefore }) };
}
