const space = '\u00A0';

/** Swedish dates are those of ISO 8601. */
const dates = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC', dateStyle: 'short' });

/** Prints a time as `2026-11-23 09:00:05 UTC`. */
export function printTime(at: number): string {
  return `${dates.format(at)} ${printClock(at)} UTC`;
}

/** Prints a time as `09:00:05`, in UTC. */
export function printClock(at: number): string {
  const seconds = Math.floor(at / 1_000);
  const parts = [Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}

/** Prints a time as `09:00:05.412`, in UTC. */
export function printExactClock(at: number): string {
  return `${printClock(at)}.${String(Math.floor(at) % 1_000).padStart(3, '0')}`;
}

/** Prints where a moment lies from the beginning of the fault: `+12 s`, `−1 m 05 s`. */
export function printOffset(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  const sign = offsetMs < -499 ? '−' : '+';
  const rest = String(seconds % 60).padStart(2, '0');
  return seconds < 100
    ? `${sign}${seconds}${space}s`
    : `${sign}${Math.floor(seconds / 60)}${space}m${space}${rest}${space}s`;
}
