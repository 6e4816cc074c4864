import type { PodChange } from '../domain/measurement.ts';
import type { PodAtStart } from '../domain/run-event.ts';
import type { LaneState, PodLane } from './report.ts';

type Span = { readonly from: number; readonly until: number };

/** Traffic, reasons and restarts do not change the state of a pod. A restart that makes a pod not ready comes with a change of its own. */
const stateAfter: Readonly<Partial<Record<PodChange['kind'], LaneState>>> = {
  created: 'not-ready',
  'not-ready': 'not-ready',
  ready: 'ready',
  deleted: 'gone',
};

/** Returns one lane for each pod: first the pods by the start, then those that came or went before and after it. */
export function toPodLanes(
  pods: readonly Pick<PodAtStart, 'name' | 'ready'>[],
  changes: readonly PodChange[],
  span: Span,
): readonly PodLane[] {
  const ofPod = Map.groupBy(changes, ({ pod }) => pod);
  const known = new Map(pods.map(({ name, ready }) => [name, ready]));
  const names = new Set([...known.keys(), ...ofPod.keys()]);
  return Array.from(names, (pod) => {
    const all = (ofPod.get(pod) ?? []).toSorted((left, right) => left.at - right.at);
    const own = all.filter(({ kind }) => Object.hasOwn(stateAfter, kind));
    const first = toFirstState(own.at(0), known.get(pod));
    const restarts = all.filter(({ kind }) => kind === 'restarted').map(({ at }) => at);
    return { pod, spans: toSpans(first, own, span), restarts };
  });
}

/** What a pod was before its first change: a pod that is created was not there, and one that becomes ready was not. */
function toFirstState(change: PodChange | undefined, ready: boolean | undefined): LaneState {
  if (change?.kind === 'created') return 'gone';
  if (change?.kind === 'ready') return 'not-ready';
  if (change?.kind === 'not-ready') return 'ready';
  return ready === false ? 'not-ready' : 'ready';
}

function toSpans(first: LaneState, changes: readonly PodChange[], { from, until }: Span) {
  const spans: { from: number; until: number; state: LaneState }[] = [];
  let [state, since] = [first, from];
  const close = (at: number, next: LaneState) => {
    const end = Math.min(Math.max(at, from), until);
    if (next === state) return;
    if (end > since) spans.push({ from: since, until: end, state });
    [state, since] = [next, end];
  };
  for (const { at, kind } of changes) close(at, stateAfter[kind] ?? state);
  if (until > since) spans.push({ from: since, until, state });
  return spans;
}
