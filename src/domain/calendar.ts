/**
 * When runs may be proposed, approved and begin. Times of day are those that clocks in `zone` (an IANA name) show, also while
 * daylight saving time begins or ends.
 */
export type Calendar = {
  readonly zone: string;
  /** Only then; always when absent. */
  readonly hours?: {
    /** The days on which the window starts: 1 is Monday, 7 is Sunday. */
    readonly days: readonly number[];
    /**
     * Minutes since midnight; `until` is not included. When `until` is the smaller one, the window lasts over midnight and
     * belongs to the day on which it starts.
     */
    readonly from: number;
    readonly until: number;
  };
  /** Never then. Days as `2026-12-20`, the last one included. */
  readonly closures: readonly {
    readonly from: string;
    readonly to: string;
    readonly reason: string;
  }[];
};

/** Why nothing may happen at a time, and when it may again; undefined when it may. */
export type Closed = { readonly rule: string; readonly opensAt: number | undefined };

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const halfDayMs = 12 * 60 * minuteMs;
/** Further ahead than this nobody is told when it opens. */
const lookAheadMs = 120 * 24 * 3_600_000;

export function findClosed(calendar: Calendar, at: number): Closed | undefined {
  const rule = findRule(calendar, at);
  if (rule === undefined) return undefined;
  // Hours and days change on the quarter in every zone there is.
  const first = Math.floor(at / quarterMs) * quarterMs + quarterMs;
  for (let later = first; later < at + lookAheadMs; later += quarterMs) {
    if (findRule(calendar, later) === undefined) return { rule, opensAt: later };
  }
  return { rule, opensAt: undefined };
}

function findRule(calendar: Calendar, at: number): string | undefined {
  const { hours, closures, zone } = calendar;
  const local = toLocal(at, zone);
  const closure = findClosure(closures, local.day);
  if (closure !== undefined) return closure;
  if (!hours) return undefined;
  const starts = findWindowStart(hours, local);
  if (starts === undefined) return `runs are for ${printHours(hours)}, ${zone}`;
  // A night that starts on a closed day stays closed until its end.
  const noonBefore = at - local.minute * minuteMs - halfDayMs;
  return starts === 'today' ? undefined : findClosure(closures, toLocal(noonBefore, zone).day);
}

function findClosure(closures: Calendar['closures'], day: string): string | undefined {
  const closure = closures.find(({ from, to }) => from <= day && day <= to);
  return closure && `${closure.reason} (${closure.from} to ${closure.to})`;
}

type Local = { readonly day: string; readonly weekday: number; readonly minute: number };

/** The day on which the window that is open now started; undefined when none is open. */
function findWindowStart(
  { days, from, until }: NonNullable<Calendar['hours']>,
  { weekday, minute }: Local,
): 'today' | 'yesterday' | undefined {
  const isOvernight = until < from;
  const hasStarted = days.includes(weekday) && from <= minute;
  if (hasStarted && (isOvernight || minute < until)) return 'today';
  const dayBefore = weekday === 1 ? 7 : weekday - 1;
  return isOvernight && days.includes(dayBefore) && minute < until ? 'yesterday' : undefined;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function printHours({ days, from, until }: NonNullable<Calendar['hours']>): string {
  const print = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const end = until < from ? `${print(until)} the next day` : print(until);
  return `${days.map((day) => weekdays[day - 1]).join(', ')} ${print(from)} to ${end}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day, weekday and minute of the day that clocks in a zone show. */
function toLocal(at: number, zone: string): Local {
  const format = formats.get(zone) ?? createFormat(zone);
  formats.set(zone, format);
  const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return {
    day: `${part('year')}-${part('month')}-${part('day')}`,
    weekday: weekdays.indexOf(part('weekday')) + 1,
    minute: Number(part('hour')) * 60 + Number(part('minute')),
  };
}

function createFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
}

/** Whether there is such a time zone. */
export function isZone(zone: string): boolean {
  try {
    createFormat(zone);
    return true;
  } catch {
    return false;
  }
}
