import type { Random } from '../scoring/seeded-random.ts';
import type { ClusterApi } from './cluster-api.ts';
import type { Controller } from './controller.ts';
import { startDeploymentController } from './deployment-controller.ts';
import { startEndpointsController } from './endpoints-controller.ts';
import { startDisruptionController } from './disruption-controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import type { NodeLeases } from './kubelet/node-leases.ts';
import { startNodeController } from './node-controller.ts';
import type { Pace } from './pace.ts';
import { startReplicaSetController } from './replica-set-controller.ts';
import { startScheduler } from './scheduler.ts';
import { startTaintEviction } from './taint-eviction.ts';

export type ControllersOptions = {
  readonly api: ClusterApi;
  readonly events: EventRecorder;
  readonly leases: NodeLeases;
  readonly pace: Pace;
  readonly random: Random;
};

/** Starts every controller of the cluster; closing closes them all. */
export function startControllers(options: ControllersOptions): Controller {
  const { api, events, pace, random } = options;
  const controllers = [
    startDeploymentController(api, events),
    startReplicaSetController(api, events, random),
    startScheduler(api, events, random),
    startEndpointsController(api),
    startDisruptionController(api),
    startGarbageCollector(api),
    startNodeController(options),
    startTaintEviction(api, events, pace),
  ];
  return {
    close() {
      for (const controller of controllers) controller.close();
    },
  };
}
