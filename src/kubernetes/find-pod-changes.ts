import { compareImages, type Images } from '../domain/compare-images.ts';
import type { PodChange } from '../domain/measurement.ts';
import type { Change } from './object-history.ts';
import type { TrimmedPod } from './trimmed-pod.ts';

type Told = Omit<PodChange, 'at' | 'pod'>;

const isServing = ({ ready, terminating }: TrimmedPod) => ready && !terminating;

/** What is known of a pod besides its last version: the pod in whose place it came, and the images that it had at first. */
export type Known = { readonly replaces?: string; readonly firstImages?: Images };

/** What happened to a pod from one of its versions to the next, in words. */
export function findPodChanges(
  { before, after }: Change<TrimmedPod>,
  { replaces, firstImages = {} }: Known = {},
): Told[] {
  const { uid } = after ?? before;
  const told = after
    ? before
      ? [...compareImages(before.images, after.images, firstImages), ...compare(before, after)]
      : toFirst(after, replaces)
    : [{ kind: 'deleted' as const, detail: 'deleted', ...toDisruption(before) }];
  return told.map((change) => ({ ...change, uid }));
}

const toDisruption = ({ disruption }: TrimmedPod) =>
  disruption === undefined ? {} : { disruption };

function toFirst(pod: TrimmedPod, replaces: string | undefined): Told[] {
  const where = pod.node === '' ? '' : ` on ${pod.node}`;
  const instead =
    replaces === undefined
      ? ''
      : ` in place of ${replaces === pod.name ? 'the one before' : replaces}`;
  const created: Told = {
    kind: 'created',
    detail: `created${where}${instead}`,
    ...(pod.node === '' ? {} : { node: pod.node }),
    ...(replaces === undefined ? {} : { replaces }),
  };
  return isServing(pod) ? [created, { kind: 'ready', detail: 'ready' }] : [created];
}

function compare(before: TrimmedPod, after: TrimmedPod): Told[] {
  const changes: Told[] = [];
  if (before.node === '' && after.node !== '')
    changes.push({ kind: 'placed', detail: `placed on ${after.node}`, node: after.node });
  if (after.restarts > before.restarts)
    changes.push({
      kind: 'restarted',
      detail: `restarted${inBrackets(after.lastTermination)}`,
      containers: findRestarted(before, after),
      ...toEnd(after),
    });
  if (isServing(before) && !isServing(after))
    changes.push({
      kind: 'not-ready',
      detail: `not ready${inBrackets(toCause(after))}`,
      ...toEnding(after),
      ...toEndedNow(before, after),
    });
  else if (tellsMore(before, after))
    changes.push({ kind: 'reason', detail: toReason(after), ...toEnding(after) });
  if (!isServing(before) && isServing(after)) changes.push({ kind: 'ready', detail: 'ready' });
  return changes;
}

function findRestarted(before: TrimmedPod, { restartsOf = {} }: TrimmedPod): string[] {
  const was = new Map(Object.entries(before.restartsOf ?? {}));
  return Object.entries(restartsOf).flatMap(([name, count]) =>
    count > (was.get(name) ?? 0) ? [name] : [],
  );
}

/** That a container ended before is no cause of what happens now. */
function toEndedNow(
  before: TrimmedPod,
  after: TrimmedPod,
): Pick<PodChange, 'containers' | 'endedAt' | 'killed'> {
  const { endedAt, endedContainer } = after;
  if (endedAt === undefined || endedAt === before.endedAt) return {};
  const named = endedContainer === undefined ? {} : { containers: [endedContainer] };
  return { ...named, ...toEnd(after) };
}

/** Returns the end of the container that terminated last, with the fields that Kubernetes reports. */
function toEnd({ endedAt, killed }: TrimmedPod): Pick<PodChange, 'endedAt' | 'killed'> {
  return {
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(killed === undefined ? {} : { killed }),
  };
}

function toEnding(pod: TrimmedPod): Pick<PodChange, 'terminating' | 'disruption'> {
  return pod.terminating ? { terminating: true, ...toDisruption(pod) } : {};
}

function toCause({ terminating, disruption, reason }: TrimmedPod): string | undefined {
  if (!terminating) return reason;
  return disruption === undefined ? 'terminating' : `terminating, ${disruption}`;
}

const inBrackets = (text: string | undefined) => (text === undefined ? '' : ` (${text})`);

/** Reasons that come and go while a pod starts, repeat that it is not ready, or are said with the restart. */
const passing: readonly string[] = [
  'ContainerCreating',
  'PodInitializing',
  'ContainersNotReady',
  'starting',
  'readiness probe not passed yet',
  'Pending',
  'Running',
  'Error',
  'Completed',
];

function tellsMore(before: TrimmedPod, after: TrimmedPod): boolean {
  if (after.terminating) return !before.terminating;
  if (after.reason === undefined) return false;
  return after.reason !== before.reason && !passing.includes(after.reason);
}

/** `CrashLoopBackOff (exit code 137, OOMKilled)` */
function toReason(pod: TrimmedPod): string {
  const { reason = '', lastTermination, terminating } = pod;
  if (terminating) return toCause(pod) ?? '';
  return reason === 'CrashLoopBackOff' ? `${reason}${inBrackets(lastTermination)}` : reason;
}
