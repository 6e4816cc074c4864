import type { Clock } from './ports/clock.ts';
import type { ExperimentPlan, FaultGateway } from './ports/fault-gateway.ts';

export type IdentityDeps = {
  readonly faults: Pick<FaultGateway, 'exists'>;
  readonly clock: Clock;
};

/** A proposal does not wait longer for this: it is only a remark for the approver. */
const limitMs = 3_000;

/**
 * Resolves to true when the experiment is certain not to exist in Azure yet, so that its system-assigned identity cannot have roles. A
 * user-assigned identity exists apart from experiments.
 */
export async function isIdentityMissing(
  plan: ExperimentPlan,
  { faults, clock }: IdentityDeps,
): Promise<boolean> {
  if (plan.cluster.experimentIdentityId !== undefined) return false;
  const done = new AbortController();
  const late = clock.sleep(limitMs, done.signal).then(() => true);
  const exists = await Promise.race([faults.exists(plan).catch(() => true), late]);
  done.abort();
  return !exists;
}
