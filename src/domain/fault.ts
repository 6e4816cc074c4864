/** The Chaos Mesh pod faults that Chaos Studio offers for AKS. */
export const podActions = ['pod-failure', 'pod-kill', 'container-kill'] as const;
export type PodAction = (typeof podActions)[number];

/** How many of the matched pods are hit: Chaos Mesh's `mode`. */
export const faultModes = ['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent'] as const;
export type FaultMode = (typeof faultModes)[number];

/** A pod fault as it will be injected. `value` is a count for `fixed`, a percentage for the percent modes. */
export type PodFault = {
  readonly action: PodAction;
  readonly mode: FaultMode;
  readonly value?: number;
  /** Only for `container-kill`. */
  readonly containerNames?: readonly string[];
  readonly durationMs: number;
};

/** Azure leaves pods down for minutes after a pod-failure of a few seconds, so shorter faults are refused. */
export const shortestFaultMs = 10_000;
/** Chaos Studio's bound for one action. */
export const longestFaultMs = 12 * 3_600_000;

/**
 * The fewest and the most pods that a fault will hit out of `matched`. Percentages round up, as in Chaos Mesh since March 2022
 * (https://github.com/chaos-mesh/chaos-mesh/pull/3036); the random one can still draw 0%.
 */
export function countHitPods(
  fault: Pick<PodFault, 'mode' | 'value'>,
  matched: number,
): { least: number; most: number } {
  const value = fault.value ?? 0;
  const share = Math.ceil((matched * value) / 100);
  const exactly = (count: number) => ({ least: count, most: count });
  switch (fault.mode) {
    case 'one':
      return exactly(Math.min(1, matched));
    case 'all':
      return exactly(matched);
    case 'fixed':
      return exactly(Math.min(value, matched));
    case 'fixed-percent':
      return exactly(share);
    case 'random-max-percent':
      return { least: 0, most: share };
  }
}

/** Says what is wrong with a fault's numbers; undefined when it can be injected. */
export function findFaultProblem(fault: PodFault): string | undefined {
  const { mode, value, durationMs } = fault;
  if (durationMs < shortestFaultMs)
    return 'duration must be at least 10s: shorter faults can leave pods down for minutes';
  if (durationMs > longestFaultMs) return 'duration must be at most 12h, the bound of Chaos Studio';
  if (mode === 'one' || mode === 'all') {
    return value === undefined ? undefined : `value makes no sense with mode=${mode}: leave it out`;
  }
  if (value === undefined)
    return `mode=${mode} needs a value, for example value=${mode === 'fixed' ? '2' : '50%'}`;
  if (!Number.isInteger(value) || value < 1) return 'value must be a whole number of at least 1';
  if (mode !== 'fixed' && value > 100) return 'value must be a percentage of at most 100';
  return undefined;
}
