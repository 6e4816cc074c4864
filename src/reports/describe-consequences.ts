import { listBackFacts, printBackFact, type BackFact } from '../domain/back-facts.ts';
import { printComparison } from '../domain/compare-runs.ts';
import { describeAttribution } from '../domain/describe-attribution.ts';
import { describeSpending } from '../domain/describe-lost.ts';
import { printSeenAgain, printPodsWanted, type SeenAgain } from '../domain/describe-recovery.ts';
import { printEffect } from '../domain/effect.ts';
import type { Recovery } from '../domain/run-event.ts';
import { printOutlook } from '../domain/print-outlook.ts';
import { printLastLost, type RecoveryCurve } from '../domain/recovery-curve.ts';
import type { Fact, Report } from './report.ts';

/** What the fault changed, what it cost, what explains the losses, and how the service came back. */
export function toConsequenceFacts(report: Report): readonly Fact[] {
  const { effect, spending, comparison, outlook } = report;
  return [
    ...(effect ? [{ name: 'Change vs. baseline', value: printEffect(effect) }] : []),
    ...(outlook ? [{ name: 'Would it happen again?', value: printOutlook(outlook) }] : []),
    ...(comparison
      ? [{ name: 'Compared with earlier runs', value: printComparison(comparison) }]
      : []),
    ...(spending ? [{ name: 'Cost', value: describeSpending(spending, spending.budgetMs) }] : []),
    ...toAttribution(report),
    // From a fault that was not seen there is nothing to recover.
    ...(report.fault.seen === null ? [] : toRecovery(report)),
  ];
}

function toAttribution({ attribution, spending }: Report): Fact[] {
  const value = attribution && describeAttribution(attribution, spending?.span);
  return value === undefined ? [] : [{ name: 'Attribution', value }];
}

function toRecovery({ recovery, curve }: Report): Fact[] {
  if (!recovery) return [];
  const toFact = (fact: BackFact): Fact => ({
    name: fact.title,
    value: `${printBackFact(fact, printSeen)}${fact.what === 'pods' ? printPodsWanted(recovery) : ''}`,
  });
  const facts = listBackFacts(recovery, curve);
  return [
    ...facts.filter(({ what }) => what === 'pods').map(toFact),
    ...(curve ? toCurve(curve) : []),
    // Where all is known of the predictions, the curve has said it.
    ...facts
      .filter(
        ({ what }) =>
          what === 'metrics' || (what === 'predictions' && !(curve && isKnown(recovery))),
      )
      .map(toFact),
  ];
}

const isKnown = (recovery: Recovery) =>
  recovery.predictionsGoodAfterMs !== null &&
  recovery.predictionsGoodNotBeforeMs === undefined &&
  !recovery.predictionsFailedAgain;

function toCurve(curve: RecoveryCurve): Fact[] {
  const { firstRightMs, firstRightNotBeforeMs } = curve;
  const { p99BackMs, p99BackNotBeforeMs } = curve;
  return [
    { name: 'First right prediction', value: printAfter(firstRightMs, firstRightNotBeforeMs) },
    { name: 'Last lost prediction', value: printLastLost(curve, (ms) => printAfter(ms)) },
    ...(p99BackMs === undefined
      ? []
      : [
          {
            name: 'At the p99 of the baseline',
            value: printAfter(p99BackMs, p99BackNotBeforeMs),
          },
        ]),
  ];
}

function printAfter(ms: number | null, notBeforeMs?: number): string {
  return ms === null ? 'not seen' : printSeen({ afterMs: ms, notBeforeMs });
}

function printSeen({ afterMs, notBeforeMs }: SeenAgain): string {
  return afterMs === 0
    ? 'at once after the fault'
    : `${printSeenAgain({ afterMs, notBeforeMs })} after the fault`;
}
