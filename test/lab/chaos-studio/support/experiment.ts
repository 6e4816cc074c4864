export const subscriptionId = '6b052e15-03d3-4f17-b2e1-be7f07588291';
export const resourceGroup = 'lab';
export const location = 'eastus';
const providers = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers`;
export const clusterId = `${providers}/Microsoft.ContainerService/managedClusters/lab`;
export const targetId = `${clusterId}/providers/Microsoft.Chaos/targets/Microsoft-AzureKubernetesServiceChaosMesh`;
export const experimentsPath = `${providers}/Microsoft.Chaos/experiments`;
export const podChaos = 'urn:csci:microsoft:azureKubernetesServiceChaosMesh:podChaos/2.2';

type Json = Record<string, unknown>;

/** A pod-failure of every pod of the scoring service; `jsonSpec` replaces the specification or parts of it. */
export function createAction(changes: Json = {}, spec: Json | string = {}): Json {
  const jsonSpec =
    typeof spec === 'string'
      ? spec
      : JSON.stringify({
          action: 'pod-failure',
          mode: 'all',
          selector: { namespaces: ['ml'] },
          ...spec,
        });
  return {
    type: 'continuous',
    name: podChaos,
    selectorId: 'cluster',
    duration: 'PT1S',
    parameters: [{ key: 'jsonSpec', value: jsonSpec }],
    ...changes,
  };
}

/** The body of an experiment with these actions in one branch. */
export function createExperiment(actions: readonly Json[] = [createAction()]): {
  location: string;
  identity: Json;
  tags: Json;
  properties: { selectors: Json[]; steps: Json[] };
} {
  return {
    location,
    identity: { type: 'SystemAssigned' },
    tags: { purpose: 'test' },
    properties: {
      selectors: [
        { type: 'List', id: 'cluster', targets: [{ type: 'ChaosTarget', id: targetId }] },
      ],
      steps: [{ name: 'step1', branches: [{ name: 'branch1', actions }] }],
    },
  };
}
