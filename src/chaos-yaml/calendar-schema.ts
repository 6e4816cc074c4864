import { z } from 'zod';
import { isZone, type Calendar } from '../domain/calendar.ts';
import { label, refuse } from './units.ts';
import { quote } from './word-issue.ts';

const minutesADay = 24 * 60;
const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const timeOfDay = z.string().transform((text, context) => {
  const [, hours, minutes] = /^([01]\d|2[0-4]):(00|15|30|45)$/.exec(text) ?? [];
  const since = Number(hours) * 60 + Number(minutes);
  return since <= minutesADay
    ? since
    : refuse(
        context,
        `${quote(text)} is not a time of day on the quarter hour, such as "09:00" or "17:30"`,
      );
});

const day = z.string().refine(isDay, { message: 'write a day as "2026-12-20", in quotes' });

/** Whether it is a day of the calendar: `2026-02-30` is not. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const read = new Date(text);
  return !Number.isNaN(read.getTime()) && read.toISOString().slice(0, 10) === text;
}

const closure = z
  .object({ from: day, to: day, reason: label })
  .strict()
  .refine(({ from, to }) => from <= to, {
    path: ['to'],
    message: 'is before `from`, so the closure would never apply',
  });

export const calendar = z
  .object({
    zone: z.string().refine(isZone, 'is not a time zone such as Europe/Berlin'),
    days: z.array(z.enum(weekdays)).nonempty().optional(),
    from: timeOfDay.optional(),
    until: timeOfDay.optional(),
    closures: z.array(closure).default([]),
  })
  .strict()
  .refine((read) => !isEmpty(read), {
    path: ['until'],
    message: 'is the same time as `from`; leave both out for whole days',
  })
  .transform(({ zone, days, from, until, closures }): Calendar => {
    const isLimited = days !== undefined || from !== undefined || until !== undefined;
    const hours = {
      days: weekdays.flatMap((name, index) => (!days || days.includes(name) ? [index + 1] : [])),
      from: from ?? 0,
      until: toEnd(until),
    };
    return { zone, closures, ...(isLimited ? { hours } : {}) };
  });

/** Midnight as an end is that of the day's end. */
function toEnd(until: number | undefined): number {
  return until === undefined || until === 0 ? minutesADay : until;
}

function isEmpty({ from = 0, until }: { from?: number | undefined; until?: number | undefined }) {
  return from === toEnd(until) || from === minutesADay;
}
