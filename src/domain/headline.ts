import { countLossesIn, listAllOutages } from './attribution.ts';
import { isSlowlyBack } from './after-held.ts';
import { findForeignPods, findUnreachedHits } from './answering-pods.ts';
import { isCovered, isPhaseCovered } from './coverage.ts';
import { toLatencyRatio } from './effect.ts';
import { findCutFault, hitLate, type EndedBy } from './ended-early.ts';
import type { PodAction, PodFault } from './fault.ts';
import { hadRecovered } from './had-recovered.ts';
import { toImpact, type Impact } from './impact.ts';
import { toLossSpans, type LossSpan, type LossSpans } from './loss-spans.ts';
import { countDue, type FailureCounts, type PhaseMeasurement } from './measurement.ts';
import type { DatedOutage } from './outage-span.ts';
import { isHitLater } from './judge-cut-short.ts';
import type { Run } from './run.ts';
import type { Verdict } from './run-event.ts';
import { toSpending } from './spending.ts';

/** What a run means for the users of the service, as codes and numbers. */
export type Headline =
  | { readonly kind: 'not-injected' }
  | { readonly kind: 'never-seen' | 'not-measured' | 'undated'; readonly cutShort?: CutShort }
  | ({ readonly kind: 'rehearsed' } & Losses)
  /** The fault hit pods only when its execution was said to be over. */
  | ({ readonly kind: 'hit-late'; readonly later?: Impact; readonly cutShort?: CutShort } & Impact)
  | ({ readonly kind: 'measured' } & Consequences);

type Losses = { readonly lost: number; readonly sent: number };

/** Who ended the fault before its time, and how long it had lasted of how long it should have, ms; `afterMs` is absent where it had not begun. */
export type CutShort = {
  readonly by: Exclude<EndedBy, 'failure'>;
  readonly afterMs?: number;
  readonly askedMs: number;
};

/** From the beginning of the fault until the service had recovered. */
type Consequences = Omit<Impact, 'noticed'> & {
  /** How much of it users notice; absent where that can't be told. */
  readonly noticed?: Impact['noticed'];
  /** When the longest outage was: under the fault, when it was over, or from the one to the other. */
  readonly longestIn: 'fault' | 'afterwards' | 'both';
  /** What failed before the fault was active; absent where nothing did, or a journal does not tell. */
  readonly before?: Impact;
  /** What failed when the service had been good again; absent where nothing did. */
  readonly later?: Impact;
  /** How many of the failed predictions were due after the fault was over. */
  readonly afterwards: number;
  /** How many answers were wrong, or of a form that says nothing. */
  readonly wrong: number;
  /** How many of these had that form. */
  readonly malformed: number;
  /** How many of the failed predictions nothing that was seen of pods or nodes explains. */
  readonly unexplained: number;
  /** How many times as long right answers took as in the baseline, at the median and the p95; each absent below `slowRatio`. */
  readonly slower: { readonly p50?: number; readonly p95?: number };
  /** How many predictions were due in that time and not measured. */
  readonly unmeasured: number;
  readonly action: PodAction;
  /** The time that was judged began before the first pod was hit, so what failed in it is not all of the fault. */
  readonly isHitLater?: true;
  /** How many containers of each pod were killed; absent where the fault is to whole pods. */
  readonly containers?: number;
  /** How many pods were hit, at least and at most. */
  readonly pods: { readonly least: number; readonly most: number };
  /** How many other pods were not ready, restarted or ended meanwhile, which the fault did not hit; absent where none did. */
  readonly otherPods?: number;
  readonly verdict: Verdict | null;
  /** Who answered, where that was not whom the fault hit: pods of another service, or other pods of this one. */
  readonly answeredBy?: 'other-service' | 'other-pods';
  readonly cutShort?: CutShort;
};

const slowRatio = 2;

/** Returns what an ended run means for users; undefined while it goes on. */
export function toHeadline(run: Run): Headline | undefined {
  const { end, proposal, startRequestedAt, observed, faultSeen } = run;
  if (!end) return undefined;
  if (startRequestedAt === undefined) return { kind: 'not-injected' };
  if (proposal.rehearsal) {
    const { lost = 0, sent = 0 } = toSpending(run) ?? {};
    return { kind: 'rehearsed', lost, sent };
  }
  const cutShort = toCutShort(run);
  const cut = cutShort ? { cutShort } : {};
  if (!faultSeen) return { kind: 'never-seen', ...cut };
  if (observed?.measurement.isClockSetBack) return { kind: 'undated', ...cut };
  const isMeasured = observed !== undefined && observed.measurement.predictions.sent > 0;
  const spans = toLossSpans(run);
  if (spans && hitLate(run)) return { kind: 'hit-late', ...toLateImpact(run, spans), ...cut };
  if (!isMeasured || !spans) return { kind: 'not-measured', ...cut };
  return { kind: 'measured', ...toConsequences(run, observed, spans), ...cut };
}

/** What users met from the end of the fault on, and when the service had been good again. */
function toLateImpact(run: Run, { fault, later }: LossSpans) {
  const outages = listAllOutages(run);
  const afterwards = toOther(later, outages);
  return { ...toImpact(fault, outages).impact, ...(afterwards ? { later: afterwards } : {}) };
}

/** What users met at another time; undefined where nothing failed. */
function toOther(span: LossSpan | undefined, outages: readonly DatedOutage[]): Impact | undefined {
  return span && span.lost > 0 ? toImpact(span, outages).impact : undefined;
}

function toConsequences(
  run: Run,
  { measurement }: NonNullable<Run['observed']>,
  { before, fault, later }: LossSpans,
): Consequences {
  const { baseline, proposal, end } = run;
  const outages = listAllOutages(run);
  const { impact, longest } = toImpact(fault, outages);
  const { noticed, ...losses } = impact;
  const isOpen = noticed === 'hardly' && impact.mayBeLonger === true;
  const { sent, good } = measurement.predictions;
  const [earlier, afterwards] = [toOther(before, outages), toOther(later, outages)];
  return {
    ...losses,
    // Slow answers after the fault are noticed, too, and are no losses.
    ...(isKnown(run, fault) && !isOpen && !(fault.lost === 0 && isSlowlyBack(run))
      ? { noticed }
      : {}),
    longestIn: findPlace(longest, run.faultEndedAt ?? measurement.endedAt),
    ...(earlier ? { before: earlier } : {}),
    ...(afterwards ? { later: afterwards } : {}),
    afterwards: Math.max(0, fault.lost - (sent - good)),
    wrong: fault.seconds.reduce((sum, { failures }) => sum + countWrong(failures), 0),
    malformed: fault.seconds.reduce((sum, { failures }) => sum + (failures.malformed ?? 0), 0),
    unexplained: countLossesIn(run, fault.seconds, fault.lost).unexplained,
    slower: baseline ? toSlower(baseline.measurement, measurement) : {},
    unmeasured: countUnmeasuredIn(run),
    ...toKilled(proposal.fault),
    ...(isHitLater({ measurement }, run.injection) ? { isHitLater: true } : {}),
    pods: countHit(run),
    ...countOtherPods(run),
    verdict: end?.verdict ?? null,
    ...toAnswering(run),
  };
}

function toSlower(before: PhaseMeasurement, now: PhaseMeasurement): Consequences['slower'] {
  const [p50, p95] = [toLatencyRatio(before, now, 'p50Ms'), toLatencyRatio(before, now, 'p95Ms')];
  return {
    ...(p50 !== null && p50 >= slowRatio ? { p50 } : {}),
    ...(p95 !== null && p95 >= slowRatio ? { p95 } : {}),
  };
}

function toKilled({ action, containerNames }: PodFault) {
  return { action, ...(containerNames ? { containers: containerNames.length } : {}) };
}

/** Those that were seen to be hit, or else those that were to be. */
function countHit({ injection, proposal }: Run): Consequences['pods'] {
  const hit = new Set(injection?.hit.map(({ pod }) => pod)).size;
  return hit > 0 ? { least: hit, most: hit } : proposal.blastRadius.hit;
}

function countOtherPods({ injection }: Run): Pick<Consequences, 'otherPods'> {
  const otherPods = new Set(injection?.others).size;
  return otherPods > 0 ? { otherPods } : {};
}

function toAnswering(run: Run): Pick<Consequences, 'answeredBy'> {
  if (findForeignPods(run)) return { answeredBy: 'other-service' };
  return findUnreachedHits(run).length > 0 ? { answeredBy: 'other-pods' } : {};
}

/** With fewer of the due predictions measured, nobody knows what users noticed. */
function isKnown(run: Run, { sent }: LossSpan): boolean {
  const { hypothesis } = run.proposal;
  const { measurement } = run.observed ?? {};
  return (
    isCovered({ sent, due: sent + countUnmeasuredIn(run) }, hypothesis) &&
    (!measurement || isPhaseCovered(measurement, hypothesis))
  );
}

/** How many predictions were due and not measured from the beginning of the fault until the service had recovered. */
function countUnmeasuredIn(run: Run): number {
  const { observed, recovered } = run;
  const parts = [
    observed?.measurement.predictions,
    recovered?.waiting,
    hadRecovered(run) ? undefined : recovered?.measurement.predictions,
  ];
  return parts.reduce((sum, part) => sum + (part ? countDue(part) - part.sent : 0), 0);
}

const secondMs = 1_000;

/** Where outages are known to the second, one of the second in which the fault ended lies on either side. */
function findPlace(outage: DatedOutage | undefined, goneAt: number): Consequences['longestIn'] {
  if (!outage) return 'fault';
  const { from, until, exact, lossy } = outage;
  const lastLostAt = (exact && lossy.at(-1)?.lostAt?.last) ?? until - secondMs;
  if (lastLostAt < goneAt) return 'fault';
  return from > goneAt - (exact ? 1 : secondMs) ? 'afterwards' : 'both';
}

function countWrong({ wrong = 0, drifted = 0, stale = 0, malformed = 0 }: FailureCounts): number {
  return wrong + drifted + stale + malformed;
}

function toCutShort(run: Run): CutShort | undefined {
  const cut = findCutFault(run);
  if (!cut || cut.by === 'failure') return undefined;
  const { by, lastedMs, askedMs } = cut;
  return { by, ...(lastedMs === undefined ? {} : { afterMs: lastedMs }), askedMs };
}
