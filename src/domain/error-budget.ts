import type { ScoringService } from './catalogue.ts';
import type { PodFault } from './fault.ts';
import type { Guard } from './guard.ts';

/** How available a service is meant to be over a span of time, and how much of what that leaves open no run may touch. */
export type Objective = {
  /** 0 to 1, both excluded. */
  readonly availability: number;
  readonly overMs: number;
  /** The share of the budget that must be left after a run at its worst; any run may be proposed when absent. */
  readonly leave?: number;
};

/**
 * The error budget of an objective as time without any prediction: 99.9 % over 30 days leave 43 min 12 s (Beyer et al., The Site Reliability
 * Workbook, O'Reilly 2018, chapter 2).
 */
export function toBudgetMs({ availability, overMs }: Objective): number {
  return Math.round((1 - availability) * overMs);
}

/** What lost predictions stand for, at the rate they are sent: ten lost at 10/s are as one second without any. */
export function toLostMs(lost: number, ratePerSecond: number): number {
  return (lost / ratePerSecond) * 1_000;
}

/** What a run may cost at worst, as time without any prediction. */
export type Price = {
  /** While the fault is active. */
  readonly faultMs: number;
  /** After it, until the service is back or the run says that it is not. */
  readonly recoveryMs: number;
  readonly totalMs: number;
  /** Whether the cap, and not the duration, bounds the time under the fault. */
  readonly capped: boolean;
};

/** Azure confirms a cancelled fault as gone within seconds as a rule; this is what is reckoned with. */
const azureCancelsWithinMs = 30_000;
/** Guards are looked at each second. */
const guardIntervalMs = 1_000;

type Priced = {
  readonly fault: PodFault;
  readonly guards: readonly Guard[];
  readonly recoveryLimitMs: number;
  readonly service: ScoringService;
};

/**
 * The worst price: every prediction is lost for the whole fault, or until the cap ends it, and then for as long as recovery may take. A loss is known
 * after the time-out of a prediction, the guard is looked at a second later, and Azure needs its time to remove the fault.
 */
export function toPrice({ fault, guards, recoveryLimitMs, service }: Priced): Price {
  const caps = guards.flatMap((guard) => (guard.kind === 'budget-cap' ? [guard.spendMs] : []));
  const reactionMs = service.scoring.timeoutMs + guardIntervalMs + azureCancelsWithinMs;
  const cappedMs = Math.min(...caps) + reactionMs;
  const faultMs = Math.min(fault.durationMs, cappedMs);
  return {
    faultMs,
    recoveryMs: recoveryLimitMs,
    totalMs: faultMs + recoveryLimitMs,
    capped: cappedMs < fault.durationMs,
  };
}
