import { printSeenAgain } from '../domain/describe-recovery.ts';
import type { Outage, Report } from './report.ts';
import { printInterval, printShare } from '../domain/print-numbers.ts';
import { printOutageLength } from './text.ts';

export type KeyFigure = { readonly name: string; readonly value: string; readonly note: string };

/** The numbers to be read first; none when nothing was measured under a fault. */
export function toKeyFigures({
  phases,
  course,
  recovery,
  spending,
  fault: { rehearsed },
}: Report): readonly KeyFigure[] {
  const fault = phases.find(({ name }) => name === 'fault');
  if (!fault || fault.availability === null || !fault.interval) return [];
  const { outages } = course;
  const isWhole = course.seconds.every(({ unmeasured = 0 }) => unmeasured === 0);
  const inAll = course.seconds.reduce((sum, { sent, good }) => sum + sent - good, 0);
  const lost = spending?.lost ?? inAll;
  const longest = outages.toSorted((one, other) => lengthOf(other) - lengthOf(one))[0];
  const { predictionsGoodAfterMs: backMs, predictionsGoodNotBeforeMs: notBeforeMs } =
    recovery ?? {};
  return [
    {
      name: rehearsed ? 'Availability, no fault' : 'Availability under the fault',
      value: printShare(fault.availability),
      note: `${printInterval(fault.interval)} with 95 % confidence`,
    },
    {
      name: 'Predictions lost',
      value: `${lost}`,
      note: describeLost(lost, inAll - lost, { outages: outages.length, isWhole }),
    },
    {
      name: 'Longest outage',
      value: longest ? printOutageLength(longest) : 'none',
      note: longest?.exact ? 'first lost to next good' : 'first to last failing second',
    },
    {
      name: rehearsed ? 'Good again' : 'Good again after the fault',
      value:
        backMs === undefined
          ? '–'
          : backMs === null
            ? 'no'
            : printSeenAgain({ afterMs: backMs, notBeforeMs }),
      note: backMs === null ? 'not within the limit' : 'predictions within tolerance',
    },
  ];
}

const lengthOf = ({ from, until }: Outage) => until - from;

function describeLost(
  lost: number,
  elsewhere: number,
  { outages: count, isWhole }: { readonly outages: number; readonly isWhole: boolean },
): string {
  if (elsewhere > 0) return `from the start request to recovery; ${elsewhere} more before or after`;
  if (lost === 0) return isWhole ? 'every one was good' : 'every measured one was good';
  if (count === 0) return 'none of them in an outage';
  return count === 1 ? 'in 1 outage' : `in ${count} outages`;
}
