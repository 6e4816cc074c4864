import type { Clock } from '../runs/ports/clock.ts';

/** Azure allows this many cancels per subscription in `windowMs`. */
export const mostCancels = 100;
const windowMs = 5 * 60_000;
/** The last slots of the window are kept for faults that nobody has tried to end yet. */
const mostRepeats = 80;
const longestPauseMs = windowMs;
/** Two clicks of an impatient person are one request. */
export const betweenUrgentMs = 2_000;
const delaysMs = [1_000, 2_000, 4_000, 8_000, 15_000] as const;

type Fault = { lastAt: number; nextAt: number; refusals: number; acceptedAt?: number };

/** Decides when a cancel may be sent. One for all runs: Azure counts per subscription. */
export type CancelPace = {
  /** Returns whether a cancel may be sent now for this fault, and counts it if so. `urgent`: a person asks again. */
  take(fault: string, urgent: boolean): boolean;
  /** Returns how long it takes until there is room again for the first cancel of this fault, ms; undefined where there is room, or where one was sent. */
  heldForMs(fault: string): number | undefined;
  /** Returns when Azure accepted the last cancel of this fault, by the clock of the pace; undefined when it did not. */
  acceptedAt(fault: string): number | undefined;
  /** Returns whether an attempt that was taken may be repeated at once, and counts the repeat if so. */
  repeat(): boolean;
  /** Sets the next attempt for this fault further back. A Retry-After holds back the repeats of every fault. */
  refused(fault: string, retryAfterMs?: number): void;
  accepted(fault: string): void;
  /** Learns that an attempt that was taken was not sent. It counts for nothing, and a person may ask again at once. */
  withheld(fault: string): void;
};

/** Creates the pace of cancels: a first attempt leaves at once, repeats back off and stay within Azure's limit. The clock must not be set back. */
export function createCancelPace({ now }: Pick<Clock, 'now'>): CancelPace {
  const sentAt: number[] = [];
  const faults = new Map<string, Fault>();
  let pausedUntil = 0;

  const forgetOld = (at: number) => {
    while (sentAt[0] !== undefined && sentAt[0] <= at - windowMs) sentAt.shift();
    for (const [key, { lastAt, nextAt }] of faults)
      if (Math.max(lastAt, nextAt) <= at - windowMs) faults.delete(key);
  };
  const isDue = (known: Fault, at: number, urgent: boolean) =>
    urgent ? at - known.lastAt >= betweenUrgentMs : at >= known.nextAt && at >= pausedUntil;

  return {
    take(fault, urgent) {
      const at = now();
      forgetOld(at);
      const known = faults.get(fault);
      if (sentAt.length >= (known ? mostRepeats : mostCancels)) return false;
      if (known && !isDue(known, at, urgent)) return false;
      sentAt.push(at);
      faults.set(fault, {
        refusals: known?.refusals ?? 0,
        lastAt: at,
        nextAt: at + delaysMs[0],
      });
      return true;
    },
    heldForMs(fault) {
      const at = now();
      forgetOld(at);
      const oldestAt = sentAt.at(-mostCancels);
      return faults.has(fault) || oldestAt === undefined ? undefined : oldestAt + windowMs - at;
    },
    acceptedAt: (fault) => faults.get(fault)?.acceptedAt,
    repeat() {
      const at = now();
      forgetOld(at);
      if (sentAt.length >= mostRepeats) return false;
      sentAt.push(at);
      return true;
    },
    refused(fault, retryAfterMs = 0) {
      const at = now();
      const known = faults.get(fault) ?? { lastAt: at, nextAt: at, refusals: 0 };
      const delayMs = delaysMs[Math.min(known.refusals, delaysMs.length - 1)] ?? 0;
      const waitMs = Math.max(delayMs, Math.min(retryAfterMs, longestPauseMs));
      pausedUntil = Math.max(pausedUntil, at + Math.min(retryAfterMs, longestPauseMs));
      faults.set(fault, { ...known, refusals: known.refusals + 1, nextAt: at + waitMs });
    },
    accepted(fault) {
      const known = faults.get(fault);
      if (known) faults.set(fault, { ...known, refusals: 0, acceptedAt: now() });
    },
    withheld(fault) {
      const known = faults.get(fault);
      const index = known ? sentAt.lastIndexOf(known.lastAt) : -1;
      if (index >= 0) sentAt.splice(index, 1);
      if (known) faults.set(fault, { ...known, lastAt: Number.NEGATIVE_INFINITY });
    },
  };
}
