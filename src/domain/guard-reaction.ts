import { toTotalOutageMs, type Guarded } from './availability-drop.ts';
import type { ScoringService } from './catalogue.ts';
import { fewestForFloor, type Guard } from './guard.ts';

type Asked = Guarded & {
  readonly service: {
    readonly scoring: Pick<ScoringService['scoring'], 'ratePerSecond' | 'timeoutMs'>;
  };
};

/**
 * Returns how long after a healthy service falls silent the first of its guards ends the fault, ms: a prediction that hangs is known to have failed only after its
 * time-out. Undefined where no guard looks at failures.
 */
export function toReactionMs(guards: readonly Guard[], asked: Asked): number | undefined {
  const reactions = guards.map((guard) => toReaction(guard, asked));
  const soonest = Math.min(...reactions);
  return Number.isFinite(soonest) ? soonest : undefined;
}

function toReaction(guard: Guard, asked: Asked): number {
  const { ratePerSecond, timeoutMs } = asked.service.scoring;
  const toMs = (predictions: number) => (predictions / ratePerSecond) * 1_000;
  switch (guard.kind) {
    case 'availability-floor': {
      const { floor, windowMs } = guard;
      // What hangs is not in the window yet, and good predictions leave it meanwhile.
      if (timeoutMs < windowMs) return windowMs - floor * (windowMs - timeoutMs);
      return timeoutMs + toMs(fewestForFloor);
    }
    case 'budget-cap':
      return timeoutMs + guard.spendMs;
    case 'consecutive-failures':
      return timeoutMs + toMs(guard.count);
    case 'availability-drop':
      return timeoutMs + toTotalOutageMs(guard, asked);
    case 'lost-sight':
      // Failures are seen, too.
      return Number.POSITIVE_INFINITY;
  }
}
