import { failedAgainWords, listBackFacts, notInTime } from '../domain/back-facts.ts';
import { printSeenAgain } from '../domain/describe-recovery.ts';
import { describeInOutages, printLostSpan } from '../domain/describe-lost.ts';
import { findLongest } from '../domain/impact.ts';
import type { LostTotals } from '../domain/lost-totals.ts';
import { printOutageLength } from '../domain/outage-span.ts';
import { printClock } from '../domain/print-time.ts';
import type { Recovery } from '../domain/run-event.ts';
import type { Report } from './report.ts';
import { printInterval, printShare } from '../domain/print-numbers.ts';

export type KeyFigure = { readonly name: string; readonly value: string; readonly note: string };

/** The numbers to be read first; none when nothing was measured under a fault. */
export function toKeyFigures({
  phases,
  course,
  recovery,
  losses,
  fault: { rehearsed },
}: Report): readonly KeyFigure[] {
  const fault = phases.find(({ name }) => name === 'fault');
  if (!fault || fault.availability === null || !fault.interval) return [];
  const { outages } = course;
  const isWhole = course.seconds.every(({ unmeasured = 0 }) => unmeasured === 0);
  const longest = findLongest(outages);
  return [
    {
      name: rehearsed ? 'Availability, no fault' : 'Availability under the fault',
      value: printShare(fault.availability),
      note: `${printInterval(fault.interval)} with 95 % confidence`,
    },
    ...(losses
      ? [
          {
            name: 'Predictions lost',
            value: `${losses.lost} of ${losses.sent}`,
            note: describeLost(losses, isWhole),
          },
        ]
      : []),
    {
      name: 'Longest outage',
      value: longest ? printOutageLength(longest) : 'none',
      note: longest
        ? `at ${printClock(longest.from)} UTC, ${longest.lost} of ${longest.sent} lost${describeLength(longest)}`
        : isWhole
          ? 'in the whole run'
          : 'in what was measured of the run',
    },
    {
      name: rehearsed ? 'Good again' : 'Good again after the fault',
      ...toGoodAgain(recovery),
    },
  ];
}

function describeLength({ exact, mayBeLonger }: Report['course']['outages'][number]): string {
  if (exact) return '';
  return mayBeLonger ? ', estimated: it may have gone on unmeasured' : ', estimated';
}

function toGoodAgain(recovery: Recovery | undefined): Pick<KeyFigure, 'value' | 'note'> {
  const { seen, unknown, failedAgain } =
    (recovery && listBackFacts(recovery, undefined).find(({ what }) => what === 'predictions')) ??
    {};
  if (seen || !recovery)
    return {
      value: seen ? printSeenAgain(seen) : '–',
      note: failedAgain ? failedAgainWords : 'predictions within tolerance',
    };
  return unknown === undefined
    ? { value: 'no', note: notInTime }
    : { value: 'not known', note: unknown };
}

/** Describes which predictions were lost: `from the start request to recovery; 3 of 11 in 1 outage, 8 outside of outages`. */
function describeLost(losses: LostTotals, isWhole: boolean): string {
  const { lost, sent, span, elsewhere } = losses;
  const when = printLostSpan(span);
  const inOutages =
    lost === 0 && sent > 0 ? (isWhole ? 'every one was good' : 'every measured one was good') : '';
  const others =
    elsewhere.lost > 0
      ? `${elsewhere.lost} of ${elsewhere.sent} others failed before or after that`
      : '';
  return [when, inOutages || describeInOutages(losses), others].filter(Boolean).join('; ');
}
