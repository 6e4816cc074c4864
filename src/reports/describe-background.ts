import { printShortDuration } from '../domain/duration.ts';
import type { Report } from './report.ts';
import { printShare } from '../domain/print-numbers.ts';
import { printOutageLength } from './text.ts';

/** More outages are counted and not listed with their lengths. */
const mostLengths = 6;

/** Tells outages from what the service loses anyway, or scattered since the fault: `2 outages (1s, 3s); background 1.00 %; …`; empty where it does neither. */
export function describeBackground({ course }: Pick<Report, 'course'>): string {
  const { background, outages } = course;
  if (!background) return '';
  const { lost, sent, shortestMs, cleanOf } = background;
  const share = sent === 0 ? 'none measured' : printShare(lost / sent);
  if (cleanOf !== undefined)
    return `${countOutages(outages)}; ${share} lost since the fault outside of outages (none of ${cleanOf} in the baseline).`;
  const limit =
    shortestMs === undefined
      ? 'it is so high that no outage can be told from it'
      : `an outage shorter than ${printShortDuration(shortestMs)} is not told from it`;
  return `${countOutages(outages)}; background ${share}; ${limit}.`;
}

function countOutages(outages: Report['course']['outages']): string {
  if (outages.length === 0) return 'No outage';
  const lengths = outages.slice(0, mostLengths).map(printOutageLength);
  const more = outages.length > mostLengths ? ', …' : '';
  const count = outages.length === 1 ? '1 outage' : `${outages.length} outages`;
  return `${count} (${lengths.join(', ')}${more})`;
}
