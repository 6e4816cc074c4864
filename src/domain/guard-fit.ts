import type { ScoringService } from './catalogue.ts';
import { printDuration } from './duration.ts';
import { fewestForFloor, toLeastSightMs, type Guard } from './guard.ts';

type Asked = {
  readonly name: string;
  readonly scoring: Pick<ScoringService['scoring'], 'ratePerSecond' | 'timeoutMs'> & {
    readonly arrivals?: ScoringService['scoring']['arrivals'] | 'constant' | 'poisson';
  };
};

/** Returns why a guard cannot do its work on a service: it would end every run, or none. Undefined when it can. */
export function findGuardMisfit(
  guard: Guard,
  { name, scoring }: Asked,
): { readonly setting: string; readonly message: string } | undefined {
  if (guard.kind === 'lost-sight') {
    const { ratePerSecond, timeoutMs, arrivals } = scoring;
    const kind = typeof arrivals === 'object' ? arrivals.kind : (arrivals ?? 'constant');
    const leastMs = toLeastSightMs({ ratePerSecond, timeoutMs, arrivals: kind });
    if (guard.afterMs >= leastMs) return undefined;
    const least = printDuration(Math.ceil(leastMs / 1_000) * 1_000);
    const pace = `"${name}" is asked ${ratePerSecond} times a second with a timeout of ${printDuration(timeoutMs)}`;
    return {
      setting: 'lostSight',
      message: `must be at least ${least}: pods are listed every few seconds, and ${pace}`,
    };
  }
  if (guard.kind !== 'availability-floor') return undefined;
  const expected = Math.floor((guard.windowMs / 1_000) * scoring.ratePerSecond);
  if (expected >= fewestForFloor) return undefined;
  const pace = `${printDuration(guard.windowMs)} at ${scoring.ratePerSecond}/s has ${expected}`;
  return {
    setting: 'availabilityFloor',
    message: `can never stop a run: ${fewestForFloor} predictions are needed to judge, and ${pace}; make \`over\` longer`,
  };
}
