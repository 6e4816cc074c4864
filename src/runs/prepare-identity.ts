import { ChaosError } from '../domain/chaos-error.ts';
import type { Phase } from '../domain/run.ts';
import { findCluster, findExperiment, findService, toCluster } from './draft-proposal.ts';
import { requireProposer, type EntitleDeps } from './entitle.ts';
import { toFrozenError } from './freeze.ts';
import type { ExperimentIdentity, FaultGateway } from './ports/fault-gateway.ts';
import type { FreezeStore } from './ports/freeze-store.ts';
import type { Log } from './ports/log.ts';
import type { RunStore } from './ports/run-store.ts';
import type { PrepareRequest } from './use-cases.ts';

export type PrepareDeps = EntitleDeps & {
  readonly runs: RunStore;
  readonly freezes: FreezeStore;
  readonly faults: FaultGateway;
  readonly log: Log;
};

const conducted: readonly Phase[] = ['approved', 'baseline', 'inject', 'observe', 'recover'];

/**
 * Creates an experiment in Azure ahead of its first run, for those who may propose it. It holds no fault and nothing is started, so it
 * needs no approval; who asked for it is logged, and kept in a tag of the experiment.
 */
export async function prepareExperimentIdentity(
  { experiment, service: target, by }: PrepareRequest,
  deps: PrepareDeps,
): Promise<ExperimentIdentity> {
  const { catalogue, faults, log } = deps;
  const template = findExperiment(experiment, catalogue, (name) => `experiments prepare ${name}`);
  const service = findService(target ?? template.service, catalogue);
  const cluster = toCluster(findCluster(service, catalogue));
  await requireProposer(by, { experiment: template.name, cluster: cluster.name }, deps);
  const frozen = await deps.freezes.current();
  if (frozen) throw toFrozenError(frozen);
  await requireIdle(template.name, service.name, deps.runs);
  const plan = { experiment: template.name, service, cluster };
  const identity = await faults.prepareIdentity({ ...plan, by: by.id });
  const { experimentName, principalId, created } = identity;
  log.info(
    { by: by.id, experiment: template.name, experimentName, principalId, created },
    'An experiment was prepared without a fault.',
  );
  return identity;
}

/** A run that is being conducted has written the experiment for itself. */
async function requireIdle(experiment: string, service: string, runs: RunStore): Promise<void> {
  const active = await runs.list({ phases: conducted });
  const busy = active.find(
    ({ proposal }) => proposal.experiment === experiment && proposal.service.name === service,
  );
  if (!busy) return;
  throw new ChaosError('run-active', `Run ${busy.id} of this experiment is being conducted.`, {
    suggestion: `Wait for its end, or stop it with \`stop ${busy.id}\`, then try again.`,
  });
}
