import type { ScoringService } from './catalogue.ts';
import { printDuration } from './duration.ts';
import { fewestForFloor, toLeastSightMs, type Guard } from './guard.ts';

type Asked = {
  readonly name: string;
  readonly scoring: Pick<ScoringService['scoring'], 'ratePerSecond' | 'timeoutMs'> & {
    readonly arrivals?: ScoringService['scoring']['arrivals'] | 'constant' | 'poisson';
  };
};

type Misfit = { readonly setting: string; readonly message: string };

/** Returns why a guard cannot do its work on a service: it would end every run, or none, or long after the time that it states. Undefined when it can. */
export function findGuardMisfit(guard: Guard, { name, scoring }: Asked): Misfit | undefined {
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
  return guard.kind === 'availability-floor'
    ? findFloorMisfit(guard, { name, scoring })
    : undefined;
}

function findFloorMisfit(
  { windowMs }: Extract<Guard, { kind: 'availability-floor' }>,
  { name, scoring: { ratePerSecond, timeoutMs } }: Asked,
): Misfit | undefined {
  const setting = 'availabilityFloor';
  const window = printDuration(windowMs);
  const expected = Math.floor((windowMs / 1_000) * ratePerSecond);
  if (expected < fewestForFloor)
    return {
      setting,
      message: `can never stop a run: ${fewestForFloor} predictions are needed to judge, and ${window} at ${ratePerSecond}/s has ${expected}; make \`over\` longer`,
    };
  if (timeoutMs <= windowMs) return undefined;
  const timeout = printDuration(timeoutMs);
  return {
    setting,
    message: `looks over ${window}, but the timeout of "${name}" is ${timeout}: a prediction that hangs counts as failed only after its timeout; make \`over\` at least ${timeout}, or \`timeout\` shorter`,
  };
}
