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
};

/** Kubernetes gives times in whole seconds, by a clock that may be behind ours. */
const clockSkewMs = 5_000;

/** The records of a fault: of its action, on its labels, and made after its start was asked for. */
export function findOwnRecords(
  records: readonly FaultRecord[],
  { action, labels, askedAt }: Sought,
): readonly FaultRecord[] {
  return records.filter(
    (record) =>
      record.action === action &&
      record.createdAt >= askedAt - clockSkewMs &&
      isSame(record.labels, labels),
  );
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
 * is earlier: a restart is seen seconds after it.
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
    // Records without events do not tell when.
    const from = shown && injectedAt === 0 ? shown.from : Math.min(at, shown?.from ?? at);
    return { pod, from, until: shown?.until ?? recoveredAt, evidence };
  }).flatMap((hit) => hit ?? []);
}
