import { leastAnswers } from './answering-pods.ts';
import { listAllPodChanges } from './list-changes.ts';
import { listSightGaps } from './list-gaps.ts';
import { isRotation, type PodChange, type PredictionMeasurement } from './measurement.ts';
import { listPodsAtStart } from './pods-at-start.ts';
import type { Run } from './run.ts';

/** What the journal says about which pods could answer predictions at a time; times are ms since the epoch. */
export type ServingPods = {
  /** Whether a pod was ready, or served what was left of its connections while it ended, at some time in a span. */
  couldServe(pod: string, from: number, until: number): boolean;
  /** Whether any pod could serve at a moment. */
  couldAnyServe(at: number): boolean;
  /** Whether no pod of the service was ready, or serving until it was gone, all through a span in which pods were seen; false where other pods answer the predictions. */
  wasNoneReady(from: number, until: number): boolean;
  /** Whether a Kubernetes service sent traffic to a pod at some time in a span; undefined where the journal does not say. */
  wasInRotation(pod: string, from: number, until: number): boolean | undefined;
  /** Whether answers name the pods that gave them, and this pod gave none: the predictions of the run do not reach it. */
  isUnreached(pod: string): boolean;
  /** The pods that were on a node, as far as that is known. */
  listOnNode(node: string): readonly string[];
};

type Span = { readonly from: number; readonly until: number };

/** Returns who could answer predictions in a run, from the pods that there were at the start and what happened to pods. */
export function toServingPods(run: Run): ServingPods {
  const changes = listAllPodChanges(run);
  const ofPod = Map.groupBy(changes, ({ pod }) => pod);
  const known = new Map(listPodsAtStart(run).map((pod) => [pod.name, pod]));
  const names = [...new Set([...known.keys(), ...ofPod.keys()])];
  const serving = new Map(
    names.map((name) => [name, toServingSpans(ofPod.get(name) ?? [], known.get(name)?.ready)]),
  );
  // Where no pod is ever seen in rotation, traffic reaches pods in another way than by a Kubernetes service.
  const isRotationSeen = changes.some((change) => isRotation(change) || change.inRotation);
  const inRotation = new Map(
    isRotationSeen ? Array.from(ofPod, ([name, own]) => [name, toRotationSpans(own)]) : [],
  );
  const reached = toReached(run, names);
  const unseen = listSightGaps(run);
  const isIn = (spans: readonly Span[] | undefined, from: number, until: number) =>
    (spans ?? []).some((span) => span.from <= until && span.until >= from);
  return {
    couldServe: (pod, from, until) => isIn(serving.get(pod), from, until),
    couldAnyServe: (at) => names.some((name) => isIn(serving.get(name), at, at)),
    wasNoneReady: (from, until) =>
      names.length > 0 &&
      !names.some((name) => isIn(serving.get(name), from, until)) &&
      !isIn(unseen, from, until) &&
      (reached === undefined || names.some((name) => reached(name, false))),
    wasInRotation(pod, from, until) {
      const spans = inRotation.get(pod);
      return spans && isIn(spans, from, until);
    },
    isUnreached: (pod) => reached !== undefined && !reached(pod, isNew(ofPod.get(pod) ?? [])),
    listOnNode: (node) =>
      names.filter(
        (name) =>
          known.get(name)?.node === node || ofPod.get(name)?.some((change) => change.node === node),
      ),
  };
}

const isNew = (changes: readonly PodChange[]) => changes.some(({ kind }) => kind === 'created');

/** What says whether a pod is ready, or was. */
const telling: readonly PodChange['kind'][] = [
  'created',
  'ready',
  'not-ready',
  'restarted',
  'deleted',
];

/** A pod that changed while nobody looked is taken to have been ready for as long as it may have been. */
function toServingSpans(changes: readonly PodChange[], wasReady = true): readonly Span[] {
  const own = changes.filter(({ kind }) => telling.includes(kind));
  const spans: Span[] = [];
  let since = servedBefore(own.at(0), wasReady) ? Number.NEGATIVE_INFINITY : undefined;
  for (const { at, kind, terminating, unseenSince } of own) {
    const endsNow = kind !== 'restarted' && !terminating;
    if (kind === 'ready') since ??= unseenSince ?? at;
    else if (since !== undefined && endsNow) {
      spans.push({ from: since, until: at });
      since = undefined;
    }
  }
  return since === undefined ? spans : [...spans, { from: since, until: Number.POSITIVE_INFINITY }];
}

/** What a pod was before its first change: one that is created was not there, one that becomes ready was not. */
function servedBefore(first: PodChange | undefined, wasReady: boolean): boolean {
  if (first?.kind === 'created' || first?.kind === 'ready') return false;
  return first?.kind === 'not-ready' || first?.inRotation === true || wasReady;
}

/** The spans in which any Kubernetes service sent traffic to a pod, or may have while nobody looked; undefined if endpoints were not visible. */
function toRotationSpans(changes: readonly PodChange[]): readonly Span[] | undefined {
  const points = changes.filter((change) => isRotation(change) || change.inRotation !== undefined);
  if (points.length === 0) return isNew(changes) ? [] : undefined;
  const spans: Span[] = [];
  const first = points[0]?.kind === 'out-of-rotation' || points[0]?.inRotation;
  let since = first ? Number.NEGATIVE_INFINITY : undefined;
  for (const [index, { at, kind, inRotation, unseenSince }] of points.entries()) {
    const isIn = kind === 'in-rotation' || inRotation === true;
    // Several services may take a pod out, one after the other.
    const isLast = points[index + 1]?.kind !== 'out-of-rotation';
    if (isIn) since ??= unseenSince ?? at;
    else if (since !== undefined && isLast) {
      spans.push({ from: since, until: at });
      since = undefined;
    }
  }
  return since === undefined ? spans : [...spans, { from: since, until: Number.POSITIVE_INFINITY }];
}

/**
 * Tells whether predictions reach a pod; undefined where answers name no pods. Pods that are new may have answered nothing yet, as any pod where too few
 * answers are known.
 */
function toReached(
  run: Run,
  names: readonly string[],
): ((pod: string, isNewPod: boolean) => boolean) | undefined {
  const phases = listPredictions(run);
  const named = phases.flatMap(({ pods = [] }) => pods);
  if (named.length === 0) return undefined;
  const answering = new Set(named.map(({ pod }) => pod));
  // The header names other pods than those of the service: none of these is behind it.
  if (!names.some((name) => answering.has(name))) return () => false;
  const answers = named.reduce((sum, { sent }) => sum + sent, 0);
  const isKnown = answers >= leastAnswers * names.length;
  const isComplete = phases.every(({ otherPods }) => otherPods === undefined);
  return (pod, isNewPod) => answering.has(pod) || isNewPod || !isKnown || !isComplete;
}

function listPredictions({ baseline, observed, recovered }: Run): readonly PredictionMeasurement[] {
  const measured = [baseline, observed, recovered].map((phase) => phase?.measurement.predictions);
  const { beforeStart, preparing, waiting } = recovered ?? {};
  return [...measured, beforeStart, preparing, waiting].filter(
    (predictions) => predictions !== undefined,
  );
}
