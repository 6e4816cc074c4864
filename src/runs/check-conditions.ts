import { ChaosError } from '../domain/chaos-error.ts';
import { findCoolDown, type Conditions, type Unmet } from '../domain/conditions.ts';
import type { Clock } from './ports/clock.ts';
import type { OutsideChecks } from './ports/outside-checks.ts';
import type { RunStore } from './ports/run-store.ts';

export type ConditionDeps = {
  readonly runs: RunStore;
  readonly checks: OutsideChecks;
  readonly clock: Clock;
};

/**
 * The first condition that is not met now, asked of the journal and of what is outside. Nothing else can begin on the cluster between this and the start: one
 * run at a time has it.
 */
export async function findUnmet(
  { conditions, cluster }: { readonly conditions: Conditions; readonly cluster: string },
  deps: ConditionDeps,
): Promise<Unmet | undefined> {
  const cooling = await findCooling(conditions, cluster, deps);
  if (cooling) return cooling;
  const answers = await Promise.all(
    conditions.checks.map(async (check) => ({ check, problem: await deps.checks.ask(check) })),
  );
  const failed = answers.find(({ problem }) => problem !== undefined);
  return (
    failed && {
      rule: `pre-check "${failed.check.name}" failed: ${failed.problem}`,
      suggestion: 'Propose it when that is over.',
    }
  );
}

/** Rejects with `policy-refused` while a condition is not met. */
export async function requireConditions(
  asked: { readonly conditions: Conditions; readonly cluster: string },
  deps: ConditionDeps,
): Promise<void> {
  const unmet = await findUnmet(asked, deps);
  if (unmet) throw againstPolicy(unmet);
}

/** Says which rule keeps a run from being, and what would let it be. */
export function againstPolicy({ rule, suggestion }: Unmet): ChaosError {
  return new ChaosError('policy-refused', `The policy refuses this: ${rule}.`, { suggestion });
}

async function findCooling(conditions: Conditions, cluster: string, deps: ConditionDeps) {
  const { coolDownMs } = conditions;
  if (coolDownMs === undefined) return undefined;
  const now = deps.clock.now();
  const ended = await deps.runs.list({ phases: ['ended'], endedSince: now - coolDownMs });
  return findCoolDown(conditions, { ended, cluster, now });
}
