import type { PodFaults } from '../cluster/pod-faults.ts';
import { createSeededRandom, type Random } from '../scoring/seeded-random.ts';
import { startArmServer, type ArmServerOptions } from './arm/arm-server.ts';
import type { ArmFault } from './arm/injected-fault.ts';
import { findCapabilityTypeByUrn } from './capability-types.ts';
import type { ExecutionWorld } from './engine/execution.ts';
import type { ActionProgress, StepProgress } from './engine/execution-progress.ts';
import { injectPodChaos } from './engine/pod-chaos.ts';
import { resolveTargets } from './engine/resolve-targets.ts';
import type { PodSource } from './engine/selectable.ts';
import type { Selector } from './experiments/experiment-schema.ts';
import { Executions } from './experiments/executions.ts';
import { Experiments } from './experiments/experiments.ts';
import { Operations } from './operations.ts';
import { paces, type PaceName } from './pace.ts';
import { normalizeLocation, type Place } from './place.ts';
import type { RequestLog } from './request-log.ts';
import { createRoutes } from './routes.ts';
import { Targets } from './targets.ts';

export type ChaosStudioOptions = Omit<ArmServerOptions, 'place' | 'routes'> &
  Place & {
    /** Where the faults look for pods, asked at the moment of each injection. */
    readonly pods: PodSource;
    /** What the faults do to them. */
    readonly faults: PodFaults;
    /** `recorded` without it. */
    readonly pace?: PaceName;
    /** Makes the choice of pods repeatable. */
    readonly seed?: number;
  };

export type ChaosStudio = {
  /** `https://host:port`: the address of Azure Resource Manager. */
  readonly url: string;
  readonly requests: RequestLog;
  /** Breaks the endpoint itself, until the next call. */
  setFault(fault: ArmFault): void;
  /** Takes every fault away and frees the port. */
  close(): Promise<void>;
};

/** Serves Chaos Studio (api-version 2023-11-01) for one cluster, whose pods its experiments really break. Rejects when the port is taken. */
export async function startChaosStudio(options: ChaosStudioOptions): Promise<ChaosStudio> {
  const place: Place = {
    subscriptionId: options.subscriptionId,
    resourceGroup: options.resourceGroup,
    location: normalizeLocation(options.location),
    cluster: options.cluster,
  };
  const pace = paces[options.pace ?? 'recorded'];
  const targets = new Targets(place);
  const operations = new Operations(place, pace.retryAfterSeconds);
  const experiments = new Experiments({ place, pace, operations });
  const random = options.seed === undefined ? Math.random : createSeededRandom(options.seed);
  const executions = new Executions({
    place,
    pace,
    operations,
    experiments,
    toWorld: (selectors) => createWorld({ selectors, options, place, targets, random }),
  });
  const routes = createRoutes({ place, experiments, executions, targets, operations });
  const { host, port, tls, verifyToken } = options;
  const server = await startArmServer({ host, port, tls, verifyToken, place, routes });
  return {
    url: server.url,
    requests: server.requests,
    setFault: (fault) => server.fault.set(fault),
    close: async () => {
      await server.close();
      await experiments.close();
    },
  };
}

function createWorld(parts: {
  selectors: readonly Selector[];
  options: ChaosStudioOptions;
  place: Place;
  targets: Targets;
  random: Random;
}): ExecutionWorld {
  const { selectors, options, place, targets, random } = parts;
  return {
    pace: paces[options.pace ?? 'recorded'],
    prepare: (steps) => {
      for (const progress of listActions(steps)) {
        const { action } = progress;
        const capability = findCapabilityTypeByUrn(action.name);
        const selector =
          'selectorId' in action ? selectors.find(({ id }) => id === action.selectorId) : undefined;
        if (!capability || !selector) continue;
        progress.targets = resolveTargets(selector, capability, { place, targets }).map(
          (targetId) => ({ targetId, status: 'pending' }),
        );
      }
    },
    inject: (action) =>
      injectPodChaos(readParameter(action, 'jsonSpec'), {
        source: options.pods,
        faults: options.faults,
        random,
      }),
  };
}

function listActions(steps: readonly StepProgress[]): readonly ActionProgress[] {
  return steps.flatMap(({ branches }) => branches).flatMap(({ actions }) => actions);
}

function readParameter(action: ActionProgress['action'], wanted: string): string {
  const parameters = 'parameters' in action ? action.parameters : [];
  return parameters.find(({ key }) => key === wanted)?.value ?? '';
}
