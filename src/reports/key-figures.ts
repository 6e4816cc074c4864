import { printDuration } from '../domain/duration.ts';
import type { Outage, Report } from './report.ts';
import { printInterval, printOutageLength, printShare } from './text.ts';

export type KeyFigure = { readonly name: string; readonly value: string; readonly note: string };

/** The numbers to be read first; none when nothing was measured under a fault. */
export function toKeyFigures({
  phases,
  course,
  recovery,
  fault: { rehearsed },
}: Report): readonly KeyFigure[] {
  const fault = phases.find(({ name }) => name === 'fault');
  if (!fault || fault.availability === null || !fault.interval) return [];
  const { outages } = course;
  const lost = course.seconds.reduce((sum, { sent, good }) => sum + sent - good, 0);
  const longest = outages.toSorted((one, other) => lengthOf(other) - lengthOf(one))[0];
  const backMs = recovery?.predictionsGoodAfterMs;
  return [
    {
      name: rehearsed ? 'Availability, no fault' : 'Availability under the fault',
      value: printShare(fault.availability),
      note: `${printInterval(fault.interval)} with 95 % confidence`,
    },
    {
      name: 'Predictions lost in all',
      value: `${lost}`,
      note: describeOutages(lost, outages.length),
    },
    {
      name: 'Longest outage',
      value: longest ? printOutageLength(longest) : 'none',
      note: longest?.exact ? 'first lost to next good' : 'first to last failing second',
    },
    {
      name: rehearsed ? 'Good again' : 'Good again after the fault',
      value: backMs === undefined ? '–' : backMs === null ? 'no' : printDuration(backMs),
      note: backMs === null ? 'not within the limit' : 'predictions within tolerance',
    },
  ];
}

const lengthOf = ({ from, until }: Outage) => until - from;

function describeOutages(lost: number, count: number): string {
  if (lost === 0) return 'every one was good';
  if (count === 0) return 'none of them in an outage';
  return count === 1 ? 'in 1 outage' : `in ${count} outages`;
}
