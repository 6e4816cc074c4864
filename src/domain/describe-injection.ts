import { printDuration } from './duration.ts';
import type { CarryingPod, EvidenceSource, Injection, Mismatch } from './injection.ts';
import type { Run } from './run.ts';

/** Returns how it is known that the fault was injected: `seen in Chaos Mesh's records`. */
export function describeSource({
  faultSeen,
  injection,
}: Pick<Run, 'faultSeen' | 'injection'>): string {
  return faultSeen ? printSource(injection?.source ?? faultSeen.source) : 'never seen';
}

/** Prints how a fault was seen; journals from before evidence had to fit the fault don't say. */
export function printSource(source: EvidenceSource | undefined): string {
  if (source === undefined) return 'seen';
  return source === 'chaos-mesh' ? "seen in Chaos Mesh's records" : 'seen by signature';
}

/** Says how the fault differed from the approved one, `The fault was not as approved: 2 pods were hit, 1 was approved.`; undefined when it did not. */
export function describeMismatches(injection: Injection | undefined): string | undefined {
  const mismatches = injection?.mismatches ?? [];
  if (mismatches.length === 0) return undefined;
  return `The fault was not as approved: ${printMismatches(mismatches)}.`;
}

/** `it hit 2 pods instead of 1; it lasted 20s instead of 60s` */
export function printMismatches(mismatches: readonly Mismatch[]): string {
  return mismatches.map(describeMismatch).join('; ');
}

function describeMismatch(mismatch: Mismatch): string {
  switch (mismatch.code) {
    case 'more-pods':
    case 'fewer-pods':
      return `it hit ${printPods(mismatch.hit)} instead of ${mismatch.approved}`;
    case 'other-pods':
      return `it hit ${printNames(mismatch.pods)}, not part of the service`;
    case 'not-replaced':
      return `no pod was made at once in the place of ${printNames(mismatch.pods)}, so the fault or somebody who scaled down may have ended it`;
    case 'too-short':
    case 'too-long':
      return printLength(mismatch);
  }
}

function printLength({
  lastedMs,
  askedMs,
  isMost,
}: Extract<Mismatch, { lastedMs: number }>): string {
  return `it lasted ${isMost ? 'at most ' : ''}${printDuration(lastedMs)} instead of ${printDuration(askedMs)}`;
}

/** Names the pods that failed under the fault without being hit by it, and those that carry another one since; undefined when there were none. */
export function describeOthers({
  injection,
  otherCarrying = [],
}: Pick<Run, 'injection' | 'otherCarrying'>): string | undefined {
  const others = injection?.others ?? [];
  const sentences = [
    ...(others.length > 0
      ? [`Other pods changed during the fault as well: ${printNames(others)}.`]
      : []),
    ...(otherCarrying.length > 0
      ? [`A fault that is not of this run is on ${printCarrying(otherCarrying)}.`]
      : []),
  ];
  return sentences.length === 0 ? undefined : sentences.join(' ');
}

/** Says which pods still carry the fault; undefined when none does. */
export function describeCarrying(carrying: readonly CarryingPod[] = []): string | undefined {
  if (carrying.length === 0) return undefined;
  return `The fault is still on ${printCarrying(carrying)}.`;
}

/** The same of a run that is over: what became of it since is told elsewhere. */
export function describeLeftAtEnd({
  carrying = [],
  carriedUntil,
  recovered,
}: Pick<Run, 'carrying' | 'carriedUntil' | 'recovered'>): string | undefined {
  if (carrying.length === 0) return undefined;
  const areUnseen = carriedUntil !== undefined || recovered?.recovery.podsUnseen;
  const when = areUnseen ? 'When pods were last seen' : 'When the run ended';
  return `${when}, the fault was still on ${printCarrying(carrying)}.`;
}

/** `diabetes-a (running pause:3.9)` */
export function printCarrying(carrying: readonly CarryingPod[]): string {
  return printNames(
    carrying.map(({ pod, images }) =>
      images.length === 0 ? pod : `${pod} (running ${[...new Set(images)].join(', ')})`,
    ),
  );
}

/** Says how to remove a fault that was left behind. */
export function adviseRemoval({
  carrying = [],
  proposal,
}: Pick<Run, 'carrying' | 'proposal'>): string {
  const { namespace } = proposal.service;
  const names = carrying.slice(0, mostNames).map(({ pod }) => pod);
  return (
    `Check what Chaos Mesh still does: kubectl get podchaos --all-namespaces. ` +
    `Then delete the pods so that they are made anew: kubectl -n ${namespace} delete pod ${names.join(' ')}.`
  );
}

const mostNames = 5;

/** Prints the first five names, and how many more there are. */
export function printNames(names: readonly string[]): string {
  const more = names.length - mostNames;
  return [...names.slice(0, mostNames), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

const printPods = (count: number) => (count === 1 ? '1 pod' : `${count} pods`);
