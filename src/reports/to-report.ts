import { describeAlteredRecord, type Alteration } from '../domain/alteration.ts';
import { findRoles } from '../domain/approval-rule.ts';
import type { Sampled } from '../domain/sample.ts';
import type { Comparison } from '../domain/compare-runs.ts';
import { printDuration } from '../domain/duration.ts';
import { toArrivals } from '../domain/arrivals.ts';
import { toAvailabilityInterval } from '../domain/judgement.ts';
import type { Arrivals } from '../evidence/statistics/judge-share.ts';
import { toEffect } from '../domain/effect.ts';
import { toBudgetMs } from '../domain/error-budget.ts';
import { toFaultSpan } from '../domain/ended-early.ts';
import { toFaultWindows } from '../domain/fault-windows.ts';
import { countLosses } from '../domain/attribution.ts';
import { countUnmeasured } from '../domain/describe-gaps.ts';
import { toHeadline } from '../domain/headline.ts';
import { listAllPodChanges } from '../domain/list-changes.ts';
import { findBetween, listSightGaps } from '../domain/list-gaps.ts';
import { availabilityOf } from '../domain/measurement.ts';
import { listPodsAtStart } from '../domain/pods-at-start.ts';
import { toPodCourses, type PodCourse } from '../domain/pod-courses.ts';
import { toLostTotals } from '../domain/lost-totals.ts';
import { toOutlook } from '../domain/outlook.ts';
import { toNextSteps } from '../domain/next-steps.ts';
import { toRecoveryCurve } from '../domain/recovery-curve.ts';
import { toSpending } from '../domain/spending.ts';
import { printRepeat } from '../domain/repeat-command.ts';
import type { RunEntry } from '../domain/run-event.ts';
import { foldRun, type Judged, type Run } from '../domain/run.ts';
import type { ApprovalFacts, FaultFacts, PhaseFacts, PhaseName, Report } from './report.ts';
import { toCourse } from './to-course.ts';
import { toEnvironment } from './to-environment.ts';
import { toInjectionFacts } from './to-injection-facts.ts';
import { toGuardFacts } from './to-guard-facts.ts';
import { toOutcome } from './to-outcome.ts';
import { toPodsFacts } from './to-pods-facts.ts';
import { toTimeline } from './to-timeline.ts';

/** A run's journal, oldest entry first, with the hashes that chain it. */
export type JournalOfRun = readonly (RunEntry & { readonly hash: string })[];

/** What is known of a run beside its journal. */
export type BesideJournal = {
  readonly version: string;
  readonly comparison?: Comparison | undefined;
  readonly sampled?: Sampled | undefined;
  /** How the database's record of the run differs from what was written. */
  readonly alteration?: Alteration | undefined;
};

/** Everything that is to be said of a run, from its journal. Throws on a journal that does not fold. */
export function toReport(
  entries: JournalOfRun,
  { version, comparison, sampled, alteration }: BesideJournal,
): Report {
  const run = { ...foldRun(entries), ...(alteration ? { alteration } : {}) };
  const { proposal } = run;
  const outlook = comparison?.outlook ?? toOutlook(run, []);
  const course = toCourse(run);
  const fault = toFaultFacts(run);
  const answers = toPodsFacts(run);
  const headline = toHeadline(run);
  const between = findBetween(run);
  return {
    format: 'chaos-marshal-report/1',
    schemaVersion: '1.1.0',
    runId: run.id,
    title: proposal.title,
    outcome: toOutcome(run),
    ...(headline ? { headline } : {}),
    marks: toMarks(run),
    hypothesis: proposal.hypothesis,
    phases: toPhases(run),
    ...(between ? { between } : {}),
    fault,
    course,
    ...(answers ? { answers } : {}),
    ...(sampled ? { samples: { kept: sampled.kept } } : {}),
    pods: toPodFacts(run),
    timeline: toTimeline(run, entries, course),
    proposal: {
      service: proposal.service.name,
      cluster: proposal.cluster.name,
      proposer: proposal.proposer.name,
      proposedAt: proposal.proposedAt,
      digest: run.digest,
      hits: printHit(run),
      warnings: proposal.blastRadius.warnings,
    },
    approvals: toApprovals(run),
    guards: toGuardFacts(run, fault),
    ...toConsequences(run),
    ...(comparison ? { comparison } : {}),
    ...(outlook ? { outlook } : {}),
    environment: toEnvironment(run, version),
    journal: { entries: entries.length, lastHash: entries.at(-1)?.hash ?? null },
    reproduce: toCommand(run),
    nextSteps: toNextSteps(run),
  };
}

/** What came of the fault, as far as it was measured. */
function toConsequences(
  run: Run,
): Pick<Report, 'recovery' | 'curve' | 'effect' | 'spending' | 'losses' | 'attribution'> {
  const { recovered, proposal } = run;
  const curve = toRecoveryCurve(run);
  const effect = toEffect(run);
  const spending = toSpending(run);
  const losses = toLostTotals(run);
  const attribution = countLosses(run);
  const { objective } = proposal.service;
  const budget = objective ? { budgetMs: toBudgetMs(objective) } : {};
  return {
    ...(recovered ? { recovery: recovered.recovery } : {}),
    ...(curve ? { curve } : {}),
    ...(effect ? { effect } : {}),
    ...(spending ? { spending: { ...spending, ...budget } } : {}),
    ...(losses ? { losses } : {}),
    ...(Object.values(attribution).some((count) => count > 0) ? { attribution } : {}),
  };
}

function toPodFacts(run: Run): readonly PodCourse[] {
  const { baseline, observed, recovered, proposal } = run;
  const until = (recovered ?? observed ?? baseline)?.measurement.endedAt ?? 0;
  const known = [...proposal.blastRadius.pods, ...listPodsAtStart(run)];
  const unseen = listSightGaps(run).at(-1);
  const seenUntil = unseen && unseen.until >= until ? unseen.from : until;
  return toPodCourses(listAllPodChanges(run), known, until, seenUntil);
}

function toPhases({ baseline, observed, recovered, proposal }: Run): PhaseFacts[] {
  const arrivals = toArrivals(proposal.service.scoring);
  const phases: readonly (readonly [PhaseName, Judged | undefined])[] = [
    ['before', baseline],
    ['fault', observed],
    ['after', recovered],
  ];
  return phases.flatMap(([name, judged]) => (judged ? [toPhaseFacts(name, judged, arrivals)] : []));
}

function toPhaseFacts(
  name: PhaseName,
  { measurement, judgement }: Judged,
  arrivals: Arrivals,
): PhaseFacts {
  const { startedAt, endedAt, predictions, pods, metrics = [] } = measurement;
  const { sent, good, failures, latency, unmeasured = {}, gaps = [], schedule } = predictions;
  return {
    name,
    startedAt,
    endedAt,
    due: sent + countUnmeasured(predictions),
    sent,
    good,
    availability: availabilityOf(predictions),
    interval: toAvailabilityInterval(predictions, arrivals),
    failures,
    lost: failures,
    unmeasured,
    gaps,
    latency,
    ...(schedule ? { schedule } : {}),
    pods: {
      desired: pods.desired,
      leastReady: pods.leastReady,
      ...(pods.unseenMs === undefined ? {} : { unseenMs: pods.unseenMs }),
    },
    finding: judgement.finding,
    tolerances: judgement.tolerances,
    metrics,
  };
}

function toFaultFacts(run: Run): FaultFacts {
  const { proposal, startRequestedAt, faultActiveAt, faultSeen } = run;
  const { azure, seen } = toFaultWindows(run) ?? {};
  return {
    asked: printFault(run),
    rehearsed: proposal.rehearsal === true,
    askedMs: proposal.fault.durationMs,
    startRequestedAt: startRequestedAt ?? null,
    azure: azure ?? null,
    ...(azure && run.execution?.clockAheadMs !== undefined
      ? { azureClockAheadMs: run.execution.clockAheadMs }
      : {}),
    activeAt: faultActiveAt ?? null,
    span: toFaultSpan(run) ?? null,
    seen: faultSeen
      ? {
          at: faultSeen.at,
          text: `${faultSeen.pod} ${faultSeen.detail || faultSeen.kind}`,
          until: seen?.until ?? null,
          pods: seen?.pods ?? 1,
        }
      : null,
    endedAs: run.execution?.status ?? null,
    injection: toInjectionFacts(run),
  };
}

function toMarks(run: Run): string[] {
  const { breakGlass, rehearsal } = run.proposal;
  const altered = describeAlteredRecord(run);
  return [
    ...(altered ? [altered] : []),
    ...(breakGlass === undefined
      ? []
      : [`Break-glass, calendar and conditions set aside: ${breakGlass}`]),
    ...(rehearsal ? ['A rehearsal: nothing was injected.'] : []),
  ];
}

/** `pod-failure, mode one, for 60s` */
function printFault({ proposal: { fault } }: Run): string {
  const { action, mode, value, durationMs } = fault;
  const many = value === undefined ? '' : `, value ${value}`;
  return `${action}, mode ${mode}${many}, for ${printDuration(durationMs)}`;
}

function printHit({ proposal: { blastRadius } }: Run): string {
  const { least, most } = blastRadius.hit;
  const count = least === most ? `${most}` : `${least} to ${most}`;
  return `${count} of ${blastRadius.pods.length} pods, of which ${blastRadius.ready} were ready`;
}

function toApprovals({ approvals, proposal }: Run): ApprovalFacts[] {
  return approvals.map((approval) => ({
    by: approval.by.name,
    roles: findRoles(proposal.approvalRule, approval).map(({ name }) => name),
    at: approval.at,
    digest: approval.digest,
  }));
}

const toCommand = ({ proposal }: Run) => `/chaos ${printRepeat(proposal)}`;
