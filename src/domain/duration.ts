const unitMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** More characters than any duration needs. */
const longestText = 40;

/** Reads `90s`, `5m`, `1h30m` or `250ms` as milliseconds; undefined when the text is none of these. */
export function parseDuration(text: string): number | undefined {
  if (text.length > longestText) return undefined;
  const compact = text.trim().toLowerCase();
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(compact)) return undefined;
  let totalMs = 0;
  for (const part of compact.split(/(?<=[a-z])(?=\d)/)) {
    const [, amount, unit = ''] = /^([\d.]+)([a-z]+)$/.exec(part) ?? [];
    totalMs += Number(amount) * (unitMs.get(unit) ?? Number.NaN);
  }
  return Number.isSafeInteger(Math.round(totalMs)) ? Math.round(totalMs) : undefined;
}

/** Prints milliseconds the way people say them, `1h 30m`, `90s`, `1.5s`, `250ms`: at most two units, and tenths of a second below ten. */
export function printDuration(durationMs: number): string {
  const ms = Math.round(durationMs);
  if (ms < 1_000) return `${ms}ms`;
  const tenths = Math.round(durationMs / 100) / 10;
  if (tenths < 10) return `${tenths}s`;
  const seconds = Math.round(durationMs / 1_000);
  if (seconds < 120) return `${seconds}s`;
  const [minutes, restSeconds] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 60) return restSeconds === 0 ? `${minutes}m` : `${minutes}m ${restSeconds}s`;
  const [hours, restMinutes] = [Math.floor(minutes / 60), minutes % 60];
  return restMinutes === 0 ? `${hours}h` : `${hours}h ${restMinutes}m`;
}

/** Prints the least time that something takes, rounded up: said to be enough, it is. */
export function printLeastDuration(durationMs: number): string {
  const unitMs = durationMs > 3_600_000 ? 60_000 : 1_000;
  return printDuration(Math.ceil(durationMs / unitMs - 1e-9) * unitMs);
}

/** Prints what is over soon like `printDuration`, with tenths: `0.3s`, `1.2s`, `12s`. */
export function printShortDuration(durationMs: number): string {
  if (durationMs < 50) return `${Math.round(durationMs)}ms`;
  const tenths = Math.round(durationMs / 100) / 10;
  return tenths < 10 ? `${tenths.toFixed(1)}s` : printDuration(durationMs);
}

/** Prints a length that is known within bounds: `23s to 55s`, `up to 55s`, `23s`. */
export function printWithin(
  leastMs: number | undefined,
  mostMs: number,
  print: (durationMs: number) => string = printDuration,
): string {
  if (leastMs === undefined || print(leastMs) === print(mostMs)) return print(mostMs);
  return leastMs <= 0 ? `up to ${print(mostMs)}` : `${print(leastMs)} to ${print(mostMs)}`;
}

/** The ISO 8601 form that Azure asks for, as in `PT1M30S`; whole seconds, at least one. */
export function toIsoDuration(durationMs: number): string {
  const seconds = Math.max(1, Math.round(durationMs / 1_000));
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3_600),
    Math.floor((seconds % 3_600) / 60),
    seconds % 60,
  ];
  return `PT${hours > 0 ? `${hours}H` : ''}${minutes > 0 ? `${minutes}M` : ''}${rest > 0 ? `${rest}S` : ''}`;
}
