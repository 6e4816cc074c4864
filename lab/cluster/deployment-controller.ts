import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterApi } from './cluster-api.ts';
import { toCondition } from './condition.ts';
import { type Controller, startController } from './controller.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { Condition, Deployment, ReplicaSet } from './objects.ts';
import { isControlledBy, toReplicas } from './pods.ts';

/** Keeps one replica set for each deployment, of the deployment's size. Its template is taken as it is at the start. */
export function startDeploymentController(api: ClusterApi, events: EventRecorder): Controller {
  return startController([api.deployments, api.replicasets], () => {
    for (const deployment of api.deployments.list()) reconcile(deployment);
  });

  function reconcile(deployment: Deployment): void {
    const replicaSet = api.replicasets
      .list()
      .find(({ metadata }) => isControlledBy(metadata, deployment.metadata.uid));
    if (!replicaSet) {
      const { name } = api.replicasets.create(toReplicaSet(deployment)).metadata;
      recordScaling(deployment, name, 0);
    } else if (toReplicas(replicaSet) !== toReplicas(deployment)) {
      scale(replicaSet, deployment);
    } else {
      updateStatus(api, deployment, replicaSet);
    }
  }

  function scale(replicaSet: ReplicaSet, deployment: Deployment): void {
    const { metadata } = replicaSet;
    api.replicasets.update(metadata, (draft) => {
      draft.spec.replicas = toReplicas(deployment);
      Object.assign((draft.metadata.annotations ??= {}), toScaleAnnotations(deployment));
    });
    recordScaling(deployment, metadata.name, toReplicas(replicaSet));
  }

  function recordScaling(deployment: Deployment, name: string, from: number): void {
    const to = toReplicas(deployment);
    const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
    const source = { component: 'deployment-controller' };
    events.record({
      about: deployment,
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message,
      source,
    });
  }
}

function toReplicaSet(deployment: Deployment) {
  const { metadata, spec } = deployment;
  const replicas = toReplicas(deployment);
  const hash = toTemplateHash(spec.template);
  const labels = { ...spec.template.metadata?.labels, 'pod-template-hash': hash };
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: metadata.name,
    uid: metadata.uid,
  };
  return {
    metadata: {
      name: `${metadata.name}-${hash}`,
      ...(metadata.namespace && { namespace: metadata.namespace }),
      labels,
      annotations: {
        ...toScaleAnnotations(deployment),
        'deployment.kubernetes.io/revision': '1',
      },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: {
      replicas,
      selector: { matchLabels: { ...spec.selector.matchLabels, 'pod-template-hash': hash } },
      template: {
        ...structuredClone(spec.template),
        metadata: { ...spec.template.metadata, labels },
      },
    },
    status: { replicas: 0 },
  };
}

function toScaleAnnotations(deployment: Deployment): Record<string, string> {
  const replicas = toReplicas(deployment);
  return {
    'deployment.kubernetes.io/desired-replicas': String(replicas),
    'deployment.kubernetes.io/max-replicas': String(replicas + 1),
  };
}

/** Ten characters that stand for the template, the same for the same template. */
function toTemplateHash(template: Deployment['spec']['template']): string {
  return createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 10);
}

function updateStatus(
  api: ClusterApi,
  deployment: Deployment,
  { status: counted }: ReplicaSet,
): void {
  const { metadata, status: before } = deployment;
  const ready = counted.readyReplicas ?? 0;
  const status = {
    observedGeneration: metadata.generation ?? 1,
    replicas: counted.replicas,
    updatedReplicas: counted.replicas,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, toReplicas(deployment) - ready),
    conditions: toConditions(deployment, ready),
  };
  if (isDeepStrictEqual(status, before)) return;
  api.deployments.update(metadata, (draft) => {
    draft.status = status;
  });
}

function toConditions(deployment: Deployment, ready: number): Condition[] {
  const before = deployment.status.conditions;
  const replicas = toReplicas(deployment);
  // A quarter may be away, rounded down: the default of a rolling update.
  const available = ready >= replicas - Math.floor(replicas / 4);
  return [
    toCondition(before, {
      type: 'Available',
      status: available ? 'True' : 'False',
      reason: available ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
      message: `Deployment ${available ? 'has' : 'does not have'} minimum availability.`,
    }),
    toCondition(before, { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable' }),
  ];
}
