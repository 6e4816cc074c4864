import { printComparison, type Comparison } from '../domain/compare-runs.ts';
import { printDuration } from '../domain/duration.ts';
import { printEffect } from '../domain/effect.ts';
import { printOutlook } from '../domain/print-outlook.ts';
import type { Fact, Report, SpendingFacts } from './report.ts';
import { printShare } from './text.ts';

/** What the fault changed, what it cost, what explains the losses, and how the service came back. */
export function toConsequenceFacts(report: Report): readonly Fact[] {
  const { effect, spending, comparison, outlook } = report;
  return [
    ...(effect ? [{ name: 'Against the baseline', value: printEffect(effect) }] : []),
    ...(outlook ? [{ name: 'Would it happen again?', value: printOutlook(outlook) }] : []),
    ...(comparison
      ? [{ name: 'Compared with earlier runs', value: describeComparison(comparison) }]
      : []),
    ...(spending ? [{ name: 'Cost', value: printSpending(spending) }] : []),
    ...toAttribution(report),
    ...(report.fault.rehearsed ? [] : toRecovery(report)),
  ];
}

function describeComparison(comparison: Comparison): string {
  return `${printComparison(comparison)}; earlier runs: ${comparison.runs.join(', ')}`;
}

function printSpending({ lost, sent, ms, budgetMs }: SpendingFacts): string {
  const spent = `${lost} of ${sent} predictions, as ${printDuration(ms)} without any`;
  return budgetMs === undefined
    ? spent
    : `${spent}: ${printShare(ms / budgetMs)} of the error budget of ${printDuration(budgetMs)}`;
}

function toAttribution({ course, fault }: Report): Fact[] {
  const since = fault.startRequestedAt ?? Number.POSITIVE_INFINITY;
  const outages = course.outages.filter(({ until }) => until > since);
  const lostIn = (some: typeof outages) => some.reduce((sum, { lost }) => sum + lost, 0);
  const [all, explained] = [
    lostIn(outages),
    lostIn(outages.filter((each) => each.beside.length > 0)),
  ];
  if (all === 0) return [];
  const rest = all - explained;
  const value = `${explained} of ${all} lost predictions fell beside pods or nodes that were disturbed${rest === 0 ? '' : `; nothing that the cluster showed explains ${rest}`}`;
  return [{ name: 'Attribution', value }];
}

function toRecovery({ recovery, curve }: Report): Fact[] {
  const metrics: Fact[] =
    recovery?.metricsGoodAfterMs === undefined
      ? []
      : [{ name: 'Metrics in their bounds again', value: printAfter(recovery.metricsGoodAfterMs) }];
  if (curve) {
    const { podsReadyMs, firstRightMs, lastLostMs, p99BackMs } = curve;
    const lastLost = lastLostMs === 0 ? 'none lost any more' : printAfter(lastLostMs);
    return [
      { name: 'Pods Ready, by Kubernetes', value: printAfter(podsReadyMs) },
      { name: 'First right prediction', value: printAfter(firstRightMs) },
      { name: 'Last lost prediction', value: lastLost },
      ...(p99BackMs === undefined
        ? []
        : [{ name: 'At the p99 of the baseline', value: printAfter(p99BackMs) }]),
      ...metrics,
    ];
  }
  if (!recovery) return [];
  return [
    { name: 'Pods ready again', value: printAfter(recovery.podsReadyAfterMs) },
    { name: 'Predictions good again', value: printAfter(recovery.predictionsGoodAfterMs) },
    ...metrics,
  ];
}

function printAfter(ms: number | null): string {
  if (ms === null) return 'not seen';
  return ms === 0 ? 'at once after the fault' : `${printDuration(ms)} after the fault`;
}
