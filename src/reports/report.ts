import type { MetricMeasurement } from '../domain/metric.ts';
import type { MetricCourse } from '../domain/metric-courses.ts';
import type {
  FailureCounts,
  Gap,
  LatencyQuantiles,
  ScheduleMeasurement,
  SightGap,
  UnmeasuredCounts,
} from '../domain/measurement.ts';
import type { LossesByWay } from '../domain/attribute-outage.ts';
import type { Cause } from '../domain/match-disturbance.ts';
import type { TripEffect } from '../domain/describe-trip.ts';
import type { AttributedLosses } from '../domain/attribution.ts';
import type { DatedOutage } from '../domain/outage-span.ts';
import type { BackgroundLosses } from '../domain/outages.ts';
import type { Outlook } from '../domain/outlook.ts';
import type { Comparison } from '../domain/compare-runs.ts';
import type { Interval } from '../evidence/statistics/interval.ts';
import type { Finding, ToleranceJudgement } from '../domain/judgement.ts';
import type { Headline } from '../domain/headline.ts';
import type { Effect } from '../domain/effect.ts';
import type { PodCourse } from '../domain/pod-courses.ts';
import type { RecoveryCurve } from '../domain/recovery-curve.ts';
import type { CarryingPod, EvidenceSource, HitPod, Mismatch } from '../domain/injection.ts';
import type { Ending, Recovery, Verdict } from '../domain/run-event.ts';
import type { Between } from '../domain/list-gaps.ts';
import type { LostTotals } from '../domain/lost-totals.ts';
import type { LostSpan, Spending } from '../domain/spending.ts';
import type { Hypothesis } from '../domain/hypothesis.ts';
import type { Digest, RunId } from '../domain/ids.ts';

/** Everything that is to be said of a run, as numbers and words of its own; times in ms since the epoch. What the page, Markdown and JSON are written from. */
export type Report = {
  readonly format: 'chaos-marshal-report/1';
  /** Of `docs/report.schema.json`: the first number changes when a field is taken away or means something else. */
  readonly schemaVersion: '1.1.0';
  readonly runId: RunId;
  readonly title: string;
  readonly outcome: Outcome;
  /** What it means for users; absent while the run goes on. */
  readonly headline?: Headline;
  /** What sets it apart from other runs: rules that were set aside, or that nothing was injected. Mostly none. */
  readonly marks: readonly string[];
  readonly hypothesis: Hypothesis;
  /** Those that were measured, in their order. */
  readonly phases: readonly PhaseFacts[];
  readonly fault: FaultFacts;
  readonly course: Course;
  /** What each pod answered in the span that the run is charged with; absent when nothing was measured under the fault. */
  readonly answers?: PodsFacts;
  /** How many single predictions are kept where the report was written; absent where none are. */
  readonly samples?: { readonly kept: number };
  /** What became of each pod that something happened to. */
  readonly pods: readonly PodCourse[];
  readonly timeline: readonly Moment[];
  readonly proposal: ProposalFacts;
  readonly approvals: readonly ApprovalFacts[];
  readonly guards: readonly GuardFacts[];
  readonly recovery?: Recovery;
  /** The same, by what was seen of pods and predictions. */
  readonly curve?: RecoveryCurve;
  /** How much the fault changed, against the baseline. */
  readonly effect?: Effect;
  readonly spending?: SpendingFacts;
  /** What it lost in the same span, in outages and outside of them, and at other times. */
  readonly losses?: LostTotals;
  /** What was due between the phases; absent where all of it was measured. */
  readonly between?: Between;
  /** How many of the predictions that the run is charged with failed, by the way in which they are attributed; absent when none did. */
  readonly attribution?: AttributedLosses;
  /** How it came out beside earlier runs of the same kind. */
  readonly comparison?: Comparison;
  /** What this run and earlier ones say of the next; absent where they say nothing. */
  readonly outlook?: Outlook;
  readonly environment: readonly Fact[];
  readonly journal: { readonly entries: number; readonly lastHash: string | null };
  /** The command that proposes the same experiment again. */
  readonly reproduce: string;
  readonly nextSteps: readonly string[];
};

/** How it ended: `tone` is for colours, which never say anything alone. */
export type Outcome = {
  readonly word: string;
  readonly tone: 'good' | 'bad' | 'unsure' | 'neutral';
  readonly verdict: Verdict | null;
  readonly ending: Ending | null;
  readonly why: string;
};

export type PhaseName = 'before' | 'fault' | 'after';

/** What one phase measured and what it says of each tolerance; shares from 0 to 1. */
export type PhaseFacts = {
  readonly name: PhaseName;
  readonly startedAt: number;
  readonly endedAt: number;
  /** How many predictions were due, measured or not. */
  readonly due: number;
  /** How many were measured. */
  readonly sent: number;
  readonly good: number;
  readonly availability: number | null;
  /** The 95 % interval of the availability in this run (docs/statistics.md). */
  readonly interval: Interval | null;
  readonly failures: FailureCounts;
  /** The same counts under the name of the published schema. */
  readonly lost: FailureCounts;
  /** How many were due and not measured, by cause. */
  readonly unmeasured: UnmeasuredCounts;
  readonly gaps: readonly Gap[];
  readonly latency: LatencyQuantiles | null;
  /** How late predictions were sent; absent in older journals. */
  readonly schedule?: ScheduleMeasurement;
  readonly pods: {
    readonly desired: number;
    readonly leastReady: number;
    /** For how long nobody saw them, ms; absent when they were seen all the time. */
    readonly unseenMs?: number;
  };
  readonly finding: Finding;
  readonly tolerances: readonly ToleranceJudgement[];
  /** What was read of the service's metrics; none in older journals. */
  readonly metrics: readonly MetricMeasurement[];
};

/** What pods answered, and what that leaves open. */
export type PodsFacts = {
  readonly span: LostSpan;
  readonly rows: readonly PodFacts[];
  readonly note: string;
};

export type PodFacts = {
  readonly pod: string;
  /** False for those that no single pod answered. */
  readonly named: boolean;
  readonly sent: number;
  readonly good: number;
  /** Null where the kinds are not known. */
  readonly failures: FailureCounts | null;
  readonly availability: number | null;
  /** The 95 % interval of the availability in this run (docs/statistics.md). */
  readonly interval: Interval | null;
};

/** What was asked for, and what happened. */
export type FaultFacts = {
  readonly asked: string;
  /** Nothing was injected, on purpose; the span is then that of what was measured instead. */
  readonly rehearsed: boolean;
  readonly askedMs: number;
  readonly startRequestedAt: number | null;
  /** The span of the fault in Azure's record; null when it has none. */
  readonly azure: { readonly from: number; readonly until: number } | null;
  /** By how much Azure's clock was found to be ahead of the bot's, behind where negative; `azure` is by the bot's. Absent where nothing shows a difference. */
  readonly azureClockAheadMs?: number;
  /** When Chaos Studio said that it runs. */
  readonly activeAt: number | null;
  /** The first trace of it in the cluster or in predictions, and when it was confirmed gone. */
  readonly span: { readonly from: number; readonly until: number } | null;
  /** The change of a pod that proves it; null when none was seen. */
  readonly seen: {
    readonly at: number;
    readonly text: string;
    /** When the last of the pods that failed was ready again; null when that was not seen. */
    readonly until: number | null;
    readonly pods: number;
  } | null;
  readonly endedAs: string | null;
  /** How it was seen, and how it compares with what was approved; null where nothing was to be injected. */
  readonly injection: InjectionFacts | null;
};

/** What a fault did to pods, next to what was approved. */
export type InjectionFacts = {
  /** Null while nothing showed the fault, and in older journals. */
  readonly source: EvidenceSource | null;
  /** How many pods the approved fault hits. */
  readonly approvedPods: { readonly least: number; readonly most: number };
  /** Known once the fault is over. */
  readonly hit: readonly HitPod[];
  /** Pods that failed meanwhile and were not hit by the fault. */
  readonly others: readonly string[];
  /** Empty when the fault was as approved. */
  readonly mismatches: readonly Mismatch[];
  /** Who ended it before its time: `elsewhere` is somebody in Azure. Null when nobody did. */
  readonly cutShort: 'guard' | 'person' | 'failure' | 'elsewhere' | null;
  /** The pods that were last seen to carry the fault, also after the run. */
  readonly carrying: readonly CarryingPod[];
  /** When a fault that the run had left on pods was found to be gone, ms since the epoch; absent otherwise. */
  readonly leftUntil?: number;
};

/** What the run cost: predictions, the time without any that they stand for, and the service's error budget where it has one. */
export type SpendingFacts = Spending & { readonly budgetMs?: number };

/** The run over time, for the chart. */
export type Course = {
  readonly seconds: readonly CourseSecond[];
  readonly outages: readonly Outage[];
  /** What was lost outside of them; absent where neither the baseline lost any nor losses since lie scattered. */
  readonly background?: BackgroundLosses;
  /** When predictions were due and not measured. */
  readonly gaps: readonly Gap[];
  /** When pods were not seen. */
  readonly sightGaps: readonly SightGap[];
  readonly lanes: readonly PodLane[];
  readonly metrics: readonly MetricCourse[];
};

export type CourseSecond = {
  readonly at: number;
  /** How long it is where seconds were merged; 1,000 when absent. */
  readonly spanMs?: number;
  readonly sent: number;
  readonly good: number;
  /** How many were due and not measured; absent when all were. */
  readonly unmeasured?: number;
  /** Latency of the good predictions of this second, where it was recorded. */
  readonly p50Ms?: number;
  /** Absent in journals from before it was recorded. */
  readonly p95Ms?: number;
  readonly p99Ms?: number;
};

/** A span in which predictions failed, from the first lost one to the next good one. */
export type Outage = Omit<DatedOutage, 'lossy'> & {
  /** What it is attributed to, the pods first, the surest first. */
  readonly causes: readonly Cause[];
  /** How many more there are; absent when all are named. */
  readonly moreCauses?: number;
  /** How many of its predictions failed, by the way in which they are attributed. */
  readonly lostBy: LossesByWay;
};

export type LaneState = 'ready' | 'not-ready' | 'gone';

export type PodLane = {
  readonly pod: string;
  readonly spans: readonly {
    readonly from: number;
    readonly until: number;
    readonly state: LaneState;
  }[];
  readonly restarts: readonly number[];
};

export type Moment = { readonly at: number; readonly what: string; readonly by: 'bot' | 'cluster' };

export type ProposalFacts = {
  readonly service: string;
  readonly cluster: string;
  readonly proposer: string;
  readonly proposedAt: number;
  readonly digest: Digest;
  readonly hits: string;
  readonly warnings: readonly string[];
};

export type ApprovalFacts = {
  readonly by: string;
  readonly roles: readonly string[];
  readonly at: number;
  readonly digest: Digest;
};

export type GuardFacts = {
  readonly guard: string;
  readonly decision: 'tripped' | 'kept' | 'not asked';
  readonly detail: string;
  /** When it tripped. */
  readonly at?: number;
  /** What it did to the run; absent of a guard that did not trip. */
  readonly effect?: TripEffect;
};

export type Fact = { readonly name: string; readonly value: string };
