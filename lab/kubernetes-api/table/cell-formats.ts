const minute = 60;
const hour = 60 * minute;

/** How long ago, in the short form that people know: `45s`, `3m20s`, `5h`, `2d3h`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1_000);
  // Clocks of two machines differ a little.
  if (seconds < -1) return '<invalid>';
  if (seconds < 2 * minute) return `${Math.max(0, seconds)}s`;
  const minutes = Math.trunc(seconds / minute);
  if (minutes < 10) return joinUnits(minutes, 'm', seconds % minute, 's');
  if (minutes < 3 * 60) return `${minutes}m`;
  const hours = Math.trunc(seconds / hour);
  if (hours < 8) return joinUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  return formatDays(hours);
}

function formatDays(hours: number): string {
  const days = Math.trunc(hours / 24);
  if (days < 8) return joinUnits(days, 'd', hours % 24, 'h');
  if (days < 2 * 365) return `${days}d`;
  const years = Math.trunc(days / 365);
  return years < 8 ? joinUnits(years, 'y', days % 365, 'd') : `${years}y`;
}

function joinUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** The age of a timestamp; `<unknown>` when there is none. */
export function formatAge(timestamp: string | null | undefined, now: Date): string {
  if (!timestamp) return '<unknown>';
  return formatDuration(now.getTime() - Date.parse(timestamp));
}

/** `a=1,b=2`, ordered by key; `<none>` when empty. */
export function formatLabels(labels: Readonly<Record<string, string>> = {}): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.toSorted().join(',') || '<none>';
}

type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

/** A label selector in the form that `-l` reads. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(
    ([key, value]) => `${key}=${value}`,
  );
  const sets = (selector?.matchExpressions ?? []).map(formatExpression);
  return [...equal, ...sets].toSorted().join(',') || '<none>';
}

function formatExpression(expression: {
  key: string;
  operator: string;
  values?: string[];
}): string {
  const { key, operator, values = [] } = expression;
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator.toLowerCase()} (${values.toSorted().join(',')})`;
}

/** The first three, and how many more there are. */
export function formatFirstThree(texts: readonly string[], ifNone: string): string {
  if (texts.length === 0) return ifNone;
  const shown = texts.slice(0, 3).join(',');
  return texts.length > 3 ? `${shown} + ${texts.length - 3} more...` : shown;
}

export function joinOr(texts: readonly (string | undefined)[], ifNone: string): string {
  return texts.filter(Boolean).join(',') || ifNone;
}
