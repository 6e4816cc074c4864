import { printComparison, type Comparison } from '../domain/compare-runs.ts';
import { describeAttribution } from '../domain/describe-attribution.ts';
import { describeSpending } from '../domain/describe-lost.ts';
import { printSeenAgain, printPodsWanted } from '../domain/describe-recovery.ts';
import { printEffect } from '../domain/effect.ts';
import type { Recovery } from '../domain/run-event.ts';
import { printOutlook } from '../domain/print-outlook.ts';
import { printNoneLost } from '../domain/recovery-curve.ts';
import type { Fact, Report } from './report.ts';

/** What the fault changed, what it cost, what explains the losses, and how the service came back. */
export function toConsequenceFacts(report: Report): readonly Fact[] {
  const { effect, spending, comparison, outlook } = report;
  return [
    ...(effect ? [{ name: 'Change vs. baseline', value: printEffect(effect) }] : []),
    ...(outlook ? [{ name: 'Would it happen again?', value: printOutlook(outlook) }] : []),
    ...(comparison
      ? [{ name: 'Compared with earlier runs', value: describeComparison(comparison) }]
      : []),
    ...(spending ? [{ name: 'Cost', value: describeSpending(spending, spending.budgetMs) }] : []),
    ...toAttribution(report),
    // From a fault that was not seen there is nothing to recover.
    ...(report.fault.seen === null ? [] : toRecovery(report)),
  ];
}

function describeComparison(comparison: Comparison): string {
  return `${printComparison(comparison)}; earlier runs: ${comparison.runs.join(', ')}`;
}

function toAttribution({ attribution, spending }: Report): Fact[] {
  const value = attribution && describeAttribution(attribution, spending?.span);
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
        name: 'Pods ready again',
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
    name: 'Good again after the fault',
    value: printAfter(predictionsGoodAfterMs, predictionsGoodNotBeforeMs),
  };
}

function printAfter(ms: number | null, notBeforeMs?: number): string {
  if (ms === null) return 'not seen';
  return ms === 0
    ? 'at once after the fault'
    : `${printSeenAgain({ afterMs: ms, notBeforeMs })} after the fault`;
}
