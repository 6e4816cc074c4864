import {
  countDue,
  type Gap,
  type PredictionMeasurement,
  type UnmeasuredReason,
} from './measurement.ts';
import { printMore } from './print-more.ts';
import { printClock } from './print-time.ts';

/** Why predictions were due and not measured, in words that go before a time. */
export const unmeasuredWords: Readonly<Record<UnmeasuredReason, string>> = {
  'sent-late': 'the bot’s machine could not send them in time',
  paused: 'the bot was paused',
  'no-connection': 'the bot’s machine could not open a connection',
  'no-token': 'the bot had no access token',
  restart: 'the bot was restarted',
};

/** The same in a word or two, for where there is little room. */
export const unmeasuredLabels: Readonly<Record<UnmeasuredReason, string>> = {
  'sent-late': 'sent late',
  paused: 'bot paused',
  'no-connection': 'no connection',
  'no-token': 'no token',
  restart: 'bot restarted',
};

type Coverage = Pick<PredictionMeasurement, 'sent' | 'unmeasured' | 'gaps' | 'schedule'>;

/** How many predictions were due and not measured, also in journals from before causes were recorded. */
export function countUnmeasured({ sent, unmeasured, schedule }: Coverage): number {
  return unmeasured ? countDue({ sent, unmeasured }) - sent : (schedule?.missed ?? 0);
}

/** `240 of 312`: how many of the due predictions were measured. */
export function printCoverage(measurement: Coverage): string {
  return `${measurement.sent} of ${measurement.sent + countUnmeasured(measurement)}`;
}

/** `Measured 240 of 312 due predictions; 72 not measured: the bot was restarted 14:03:10–14:03:17 UTC` */
export function describeCoverage(measurement: Coverage): string {
  const due = measurement.sent + countUnmeasured(measurement);
  const measured = `Measured ${measurement.sent} of ${due} due predictions`;
  const count = countUnmeasured(measurement);
  if (count === 0) return measured;
  const causes = describeCauses(measurement);
  return `${measured}; ${count} not measured${causes === '' ? '' : `: ${causes}`}`;
}

/** `72 due predictions: the bot was restarted 14:03:10–14:03:17 UTC`; undefined when all that were due were measured. */
export function describeUnmeasured(measurement: Coverage): string | undefined {
  const count = countUnmeasured(measurement);
  if (count === 0) return undefined;
  const causes = describeCauses(measurement);
  const what = count === 1 ? '1 due prediction' : `${count} due predictions`;
  return causes === '' ? what : `${what}: ${causes}`;
}

function describeCauses({ unmeasured = {}, gaps = [] }: Coverage): string {
  const counts = Object.entries(unmeasured) as [UnmeasuredReason, number][];
  const parts = counts
    .toSorted(([, one], [, other]) => other - one)
    .map(([reason, count]) => {
      const own = gaps.filter((gap) => gap.reason === reason);
      const times = own.length === 0 ? '' : ` ${printTimes(own)}`;
      return `${unmeasuredWords[reason]}${times}${counts.length === 1 ? '' : ` (${count})`}`;
    });
  return parts.join('; ');
}

const mostTimes = 2;

function printTimes(gaps: readonly Gap[]): string {
  const shown = gaps.slice(0, mostTimes).map(printGapSpan).join(', ');
  const more = gaps.length - mostTimes;
  return more > 0 ? `${shown} UTC and ${printMore(more, 'time')}` : `${shown} UTC`;
}

/** `14:03:10–14:03:17` */
export function printGapSpan({ from, until }: Pick<Gap, 'from' | 'until'>): string {
  const [first, last] = [from, until].map(printClock);
  return first === last ? `${first}` : `${first}–${last}`;
}

/** `72 predictions were due while the bot was restarted`, as a moment of a timeline says it. */
export function describeGap({ due, reason }: Gap): string {
  const what = due === 1 ? '1 prediction was' : `${due} predictions were`;
  return `${what} due while ${unmeasuredWords[reason]}`;
}
