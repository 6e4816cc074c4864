import { printShortDuration } from '../domain/duration.ts';
import type { Report } from './report.ts';
import { printShare } from '../domain/print-numbers.ts';
import { printLostSpan } from '../domain/describe-lost.ts';
import { printOutageLength } from '../domain/outage-span.ts';

/** More outages are counted and not listed with their lengths. */
const mostLengths = 6;

/** Tells outages from what the service loses anyway, or scattered since the fault; empty where it does neither. */
export function describeBackground({ course, losses }: Pick<Report, 'course' | 'losses'>): string {
  const { background, outages, gaps } = course;
  if (!background) return '';
  const { lost, sent, shortestMs, cleanOf } = background;
  const span = cleanOf !== undefined && losses ? printLostSpan(losses.span) : 'in the whole run';
  const share = sent === 0 ? '' : ` (${printShare(lost / sent)})`;
  const counted = `${countOutages(outages, gaps.length === 0)}. Outside of outages, ${lost} of ${sent} predictions failed ${span}${share}`;
  if (cleanOf !== undefined) return `${counted}; none of ${cleanOf} in the baseline.`;
  const limit =
    shortestMs === undefined
      ? 'that is so many that no outage can be told from it'
      : `an outage shorter than ${printShortDuration(shortestMs)} is not told from that`;
  return `${counted}; ${limit}.`;
}

function countOutages(outages: Report['course']['outages'], isWhole: boolean): string {
  const where = isWhole ? 'in the whole run' : 'in what was measured of the run';
  if (outages.length === 0) return `No outage ${where}`;
  const lengths = outages.slice(0, mostLengths).map(printOutageLength);
  const more = outages.length > mostLengths ? ', …' : '';
  const count = outages.length === 1 ? '1 outage' : `${outages.length} outages`;
  return `${count} ${where} (${lengths.join(', ')}${more})`;
}
