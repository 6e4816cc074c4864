import type { CarryingPod } from '../../domain/injection.ts';
import type { PodChange, PodStatus } from '../../domain/measurement.ts';
import { isPauseImage } from '../../domain/pause-image.ts';

/**
 * Finds the pods that still carry a pod-failure: they run a pause image, or the image that was last put in the place of their own. `pods` are those there are now; undefined while
 * that is not known, as after a restart without a connection: then what was last seen counts.
 */
export function findCarriers(
  pods: readonly PodStatus[] | undefined,
  changes: readonly PodChange[],
): readonly CarryingPod[] {
  const swaps = findLastSwaps(changes);
  if (!pods) return Array.from(swaps.values(), toCarrying);
  return pods.flatMap(({ name, uid, images = {}, terminating }) => {
    const running = Object.values(images);
    const isPaused = running.length > 0 && running.every(isPauseImage);
    const isSwapped = isRunning(images, swaps.get(uid)?.images ?? {});
    return !terminating && (isPaused || isSwapped) ? [{ pod: name, images: running }] : [];
  });
}

/** What is known of the fault of a run, to tell the pods that carry it from others. */
export type OwnFault = {
  /** The names of the pods that it hit, as far as they are known. */
  readonly hit: ReadonlySet<string>;
  /** How many it was to hit at least. */
  readonly least: number;
  /** Whether records name every pod that it hit. */
  readonly areAllNamed: boolean;
  /** The names of the pods that carried a fault before the start of this one was asked for. */
  readonly before: ReadonlySet<string>;
  readonly changes: readonly PodChange[];
};

/** Pods that carry a run's own fault, and those that carry somebody else's. */
export type CarriersApart = {
  readonly own: readonly CarryingPod[];
  readonly others: readonly CarryingPod[];
};

/**
 * Tells which pods carry a run's own fault: those that it hit. Where nobody knows of any, every pod does that carried none before the start. Where some are
 * known, so does every one as long as it was to hit more, which it may do after its end, and one of which nobody saw when its images were swapped; neither
 * where records name all that were hit.
 */
export function tellCarriersApart(
  carriers: readonly CarryingPod[],
  { hit, least, areAllNamed, before, changes }: OwnFault,
): CarriersApart {
  const swapped = new Set(Array.from(findLastSwaps(changes).values(), ({ pod }) => pod));
  const isOwn = ({ pod }: CarryingPod) => {
    if (hit.has(pod)) return true;
    if (before.has(pod)) return false;
    return hit.size === 0 || (!areAllNamed && (hit.size < least || !swapped.has(pod)));
  };
  return {
    own: carriers.filter((carrier) => isOwn(carrier)),
    others: carriers.filter((carrier) => !isOwn(carrier)),
  };
}

/** Finds which of the pods that carried a fault carry it still, among those that there are now. */
export function findStillCarrying(
  carried: readonly CarryingPod[],
  pods: readonly PodStatus[],
): readonly CarryingPod[] {
  const before = new Map(carried.map(({ pod, images }) => [pod, images]));
  return pods.flatMap(({ name, images = {}, terminating }) => {
    const swapped = before.get(name);
    const running = Object.values(images);
    if (!swapped || terminating || running.length === 0) return [];
    const isPaused = running.every(isPauseImage);
    const isSame = swapped.length > 0 && swapped.every((image) => running.includes(image));
    return isPaused || isSame ? [{ pod: name, images: running }] : [];
  });
}

/** Of each pod whose images were changed last and not restored. */
function findLastSwaps(changes: readonly PodChange[]): ReadonlyMap<string, PodChange> {
  const swaps = new Map<string, PodChange>();
  for (const change of changes) {
    const key = change.uid ?? change.pod;
    if (change.kind === 'image' && !change.restored) swaps.set(key, change);
    else if (change.kind === 'image' || change.kind === 'deleted') swaps.delete(key);
  }
  return swaps;
}

function toCarrying({ pod, images = {} }: PodChange): CarryingPod {
  return { pod, images: Object.values(images) };
}

function isRunning(
  images: Readonly<Record<string, string>>,
  swapped: Readonly<Record<string, string>>,
): boolean {
  const now = new Map(Object.entries(images));
  const wanted = Object.entries(swapped);
  return wanted.length > 0 && wanted.every(([name, image]) => now.get(name) === image);
}
