import { printShortDuration, printWithin } from '../domain/duration.ts';
import type { PodCourse } from '../domain/pod-courses.ts';
import type { Report } from './report.ts';

/** More than anybody reads; those that were not ready for longest are shown. */
const mostPods = 40;

/** What became of the pods that something happened to: a heading for each column, and the rows. */
export function toPodTable({ pods }: Pick<Report, 'pods'>): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const longest = pods.toSorted((left, right) => right.notReadyMs - left.notReadyMs);
  const chosen = new Set(longest.slice(0, mostPods));
  return {
    head: ['Pod', 'Not ready', 'Ready after', 'Out of rotation', 'What happened'],
    rows: pods.filter((pod) => chosen.has(pod)).map(toRow),
  };
}

function toRow(course: PodCourse): string[] {
  const { pod, notReadyMs, readyAfterMs, readyAfterAtLeastMs, outOfRotationMs } = course;
  const returns = readyAfterMs.map((ms, index) =>
    printWithin(readyAfterAtLeastMs?.[index], ms, printShortDuration),
  );
  return [
    pod,
    notReadyMs === 0 ? '–' : printWithin(course.notReadyAtLeastMs, notReadyMs),
    returns.join(', ') || '–',
    outOfRotationMs === undefined
      ? 'not seen'
      : printWithin(course.outOfRotationAtLeastMs, outOfRotationMs, printShortDuration),
    describe(course),
  ];
}

/** `on aks-0; 2 restarts; not ready (OOMKilled), CrashLoopBackOff; replaced by diabetes-d` */
function describe({ pod, node, restarts, reasons, replacedBy }: PodCourse): string {
  const parts = [
    ...(node === undefined ? [] : [`on ${node}`]),
    ...(restarts < 2 ? [] : [`${restarts} restarts`]),
    ...(reasons.length === 0 ? [] : [reasons.join(', ')]),
    ...(replacedBy === undefined
      ? []
      : [`replaced ${replacedBy === pod ? 'under its name' : `by ${replacedBy}`}`]),
  ];
  return parts.join('; ') || '–';
}
