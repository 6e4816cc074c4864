import type { ChaosStudio } from '../chaos-studio/start-chaos-studio.ts';
import type { Cluster } from '../cluster/start-cluster.ts';
import type { KubernetesApi } from '../kubernetes-api/server.ts';
import type { Playground } from '../playground/start-playground.ts';
import type { ScoringMode } from '../scoring/scoring-mode.ts';
import type { LabFault } from './lab-fault.ts';

export type Breakable = {
  readonly chaosStudio: ChaosStudio;
  readonly kubernetes: KubernetesApi;
  readonly cluster: Cluster;
  readonly playground: () => Playground | undefined;
};

/** Breaks one part of the lab, or heals it. Throws an Error that says why not. */
export function breakLab(fault: LabFault, parts: Breakable): void {
  switch (fault.target) {
    case 'arm':
      return parts.chaosStudio.setFault(withoutUndefined(fault));
    case 'kubernetes':
      return breakKubernetes(fault.mode, parts.kubernetes);
    case 'scoring':
      return breakScoring(fault, parts.cluster);
    case 'node':
      return breakNode(fault, parts.cluster);
    case 'connector':
      return breakConnector(fault, parts.playground());
  }
}

/** Heals everything; the nodes that `broken` names are repaired. */
export function healLab(broken: readonly LabFault[], parts: Breakable): void {
  const { chaosStudio, kubernetes, cluster, playground } = parts;
  chaosStudio.setFault({ mode: 'ok' });
  breakKubernetes('ok', kubernetes);
  cluster.setScoringMode({ kind: 'ok' });
  for (const fault of broken) if (fault.target === 'node') cluster.nodes.repair(fault.name);
  playground()?.setConnectorFault(undefined);
}

type Of<Target> = Extract<LabFault, { target: Target }>;

function breakKubernetes(mode: Of<'kubernetes'>['mode'], kubernetes: KubernetesApi): void {
  switch (mode) {
    case 'ok':
      kubernetes.setAvailable(true);
      return kubernetes.setThrottled(false);
    case 'down':
      return kubernetes.setAvailable(false);
    case 'throttle':
      return kubernetes.setThrottled(true);
    case 'cut-watches':
      return kubernetes.cutWatches();
    case 'expire-watches':
      return kubernetes.cutWatches('expire');
    case 'compact':
      return kubernetes.compact();
  }
}

function breakScoring(fault: Of<'scoring'>, cluster: Cluster): void {
  cluster.setScoringMode(toScoringMode(fault), fault.pod);
}

function toScoringMode(fault: Of<'scoring'>): ScoringMode {
  if (fault.mode === 'slow') return { kind: fault.mode, delayMs: fault.delayMs };
  if (fault.mode === 'flaky') return { kind: fault.mode, share: fault.share };
  return { kind: fault.mode };
}

function breakNode({ name, mode }: Of<'node'>, { nodes }: Cluster): void {
  if (!nodes.names.includes(name))
    throw new Error(`There is no node ${name}. There are: ${nodes.names.join(', ')}.`);
  if (mode === 'down') void nodes.fail(name);
  else nodes.repair(name);
}

function breakConnector(fault: Of<'connector'>, playground: Playground | undefined): void {
  if (!playground) throw new Error('There is no playground; start the lab without --headless.');
  playground.setConnectorFault(fault.mode === 'ok' ? undefined : withoutUndefined(fault));
}

/** zod leaves absent options as undefined keys. */
function withoutUndefined<Value extends object>(value: Value): Value & object {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Value;
}
