import { printComparison, type Comparison } from '../domain/compare-runs.ts';
import { describeAttribution } from '../domain/describe-attribution.ts';
import { printDuration } from '../domain/duration.ts';
import { printSeenAgain, printPodsWanted } from '../domain/describe-recovery.ts';
import { printEffect } from '../domain/effect.ts';
import type { SpendingPart } from '../domain/spending.ts';
import type { Recovery } from '../domain/run-event.ts';
import { printOutlook } from '../domain/print-outlook.ts';
import { printNoneLost } from '../domain/recovery-curve.ts';
import { printShare } from '../domain/print-numbers.ts';
import type { Fact, Report, SpendingFacts } from './report.ts';

/** What the fault changed, what it cost, what explains the losses, and how the service came back. */
export function toConsequenceFacts(report: Report): readonly Fact[] {
  const { effect, spending, comparison, outlook } = report;
  return [
    ...(effect ? [{ name: 'Change vs. baseline', value: printEffect(effect) }] : []),
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

function printSpending({ lost, sent, ms, budgetMs, parts = [] }: SpendingFacts): string {
  const spent = `${lost} of ${sent} predictions${printParts(parts)}, as ${printDuration(ms)} without any`;
  return budgetMs === undefined
    ? spent
    : `${spent}: ${printShare(ms / budgetMs)} of the error budget of ${printDuration(budgetMs)}`;
}

const partWords: Readonly<Record<SpendingPart['name'], string>> = {
  preparing: 'before the fault took effect',
  fault: 'during the fault',
  waiting: 'until recovery',
  after: 'after that',
};

/** ` (3 before the fault took effect, 303 during the fault)`; nothing where all were lost in one part. */
function printParts(parts: readonly SpendingPart[]): string {
  const losing = parts.filter(({ lost }) => lost > 0);
  if (losing.length < 2) return '';
  return ` (${losing.map(({ name, lost }) => `${lost} ${partWords[name]}`).join(', ')})`;
}

function toAttribution({ attribution }: Report): Fact[] {
  const value = attribution && describeAttribution(attribution);
  return value === undefined ? [] : [{ name: 'Attribution', value }];
}

function toRecovery({ recovery, curve }: Report): Fact[] {
  const wanted = printPodsWanted(recovery ?? {});
  const metrics: Fact[] =
    recovery?.metricsGoodAfterMs === undefined
      ? []
      : [
          {
            name: 'Metrics in their bounds again',
            value: printAfter(recovery.metricsGoodAfterMs, recovery.metricsGoodNotBeforeMs),
          },
        ];
  if (curve) {
    const { podsReadyMs, podsReadyNotBeforeMs, firstRightMs, firstRightNotBeforeMs } = curve;
    const { lastLostMs, p99BackMs } = curve;
    const lastLost = lastLostMs === 0 ? printNoneLost(curve) : printAfter(lastLostMs);
    return [
      {
        name: 'Pods Ready, by Kubernetes',
        value: `${printAfter(podsReadyMs, podsReadyNotBeforeMs)}${wanted}`,
      },
      { name: 'First right prediction', value: printAfter(firstRightMs, firstRightNotBeforeMs) },
      { name: 'Last lost prediction', value: lastLost },
      ...(p99BackMs === undefined
        ? []
        : [{ name: 'At the p99 of the baseline', value: printAfter(p99BackMs) }]),
      ...(recovery?.predictionsGoodNotBeforeMs === undefined ? [] : [toGoodAgain(recovery)]),
      ...metrics,
    ];
  }
  if (!recovery) return [];
  return [
    {
      name: 'Pods ready again',
      value: `${printAfter(recovery.podsReadyAfterMs, recovery.podsReadyNotBeforeMs)}${wanted}`,
    },
    toGoodAgain(recovery),
    ...metrics,
  ];
}

function toGoodAgain({ predictionsGoodAfterMs, predictionsGoodNotBeforeMs }: Recovery): Fact {
  return {
    name: 'Predictions good again',
    value: printAfter(predictionsGoodAfterMs, predictionsGoodNotBeforeMs),
  };
}

function printAfter(ms: number | null, notBeforeMs?: number): string {
  if (ms === null) return 'not seen';
  return ms === 0
    ? 'at once after the fault'
    : `${printSeenAgain({ afterMs: ms, notBeforeMs })} after the fault`;
}
