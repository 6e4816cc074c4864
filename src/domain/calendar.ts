/** When runs may be proposed, approved and begin. Times of day are those of `zone`, an IANA name, through its changes of daylight saving. */
export type Calendar = {
  readonly zone: string;
  /** Only then; always when absent. */
  readonly hours?: {
    /** 1 is Monday, 7 is Sunday. */
    readonly days: readonly number[];
    /** Minutes since midnight; `until` is not included. */
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

const quarterMs = 15 * 60_000;
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
  const closure = closures.find(({ from, to }) => from <= local.day && local.day <= to);
  if (closure) return `${closure.reason} (${closure.from} to ${closure.to})`;
  if (!hours) return undefined;
  const isOpen =
    hours.days.includes(local.weekday) && hours.from <= local.minute && local.minute < hours.until;
  return isOpen ? undefined : `runs are for ${printHours(hours)}, ${zone}`;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

function printHours({ days, from, until }: NonNullable<Calendar['hours']>): string {
  const print = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  return `${days.map((day) => weekdays[day - 1]).join(', ')} ${print(from)} to ${print(until)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** The day, weekday and minute of the day that clocks in a zone show. */
function toLocal(at: number, zone: string): { day: string; weekday: number; minute: number } {
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
