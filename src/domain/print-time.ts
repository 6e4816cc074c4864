const space = '\u00A0';

/** Prints a time as `2026-11-23 09:00:05 UTC`. */
export function printTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Prints a time as `09:00:05`, in UTC. */
export function printClock(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

/** Prints a time as `09:00:05.412`, in UTC. */
export function printExactClock(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
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
