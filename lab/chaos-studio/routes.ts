import type { LimitName, Route } from './arm/arm-message.ts';
import { createCatalogueRoutes } from './catalogue-routes.ts';
import type { Executions } from './experiments/executions.ts';
import type { Experiments } from './experiments/experiments.ts';
import type { Operations } from './operations.ts';
import type { Place } from './place.ts';
import type { Targets } from './targets.ts';

const subscription = '/subscriptions/{subscriptionId}';
const group = `${subscription}/resourceGroups/{resourceGroup}`;
const provider = '/providers/Microsoft.Chaos';
const experiment = `${group}${provider}/experiments/{experimentName}`;
const targets = `${group}/providers/{provider}/{parentType}/{parentName}${provider}/targets`;
const target = `${targets}/{targetName}`;
const capability = `${target}/capabilities/{capabilityName}`;
const location = `${subscription}${provider}/locations/{location}`;

/** Every path of Microsoft.Chaos that is served. */
export function createRoutes(parts: {
  place: Place;
  experiments: Experiments;
  executions: Executions;
  targets: Targets;
  operations: Operations;
}): readonly Route[] {
  return [
    ...experimentRoutes(parts.experiments),
    ...executionRoutes(parts.executions),
    ...targetRoutes(parts.targets),
    ...operationRoutes(parts.operations),
    ...createCatalogueRoutes(parts.place),
  ];
}

function experimentRoutes(experiments: Experiments): readonly Route[] {
  return [
    on('GET', `${subscription}${provider}/experiments`, 'experiments/read', (request) =>
      experiments.list(request),
    ),
    on('GET', `${group}${provider}/experiments`, 'experiments/read', (request) =>
      experiments.list(request),
    ),
    on('GET', experiment, 'experiments/read', (request) => experiments.get(request)),
    on('PUT', experiment, 'experiments/write', (request) => experiments.put(request)),
    on('PATCH', experiment, 'experiments/write', (request) => experiments.patch(request)),
    on('DELETE', experiment, 'experiments/delete', (request) => experiments.delete(request)),
  ];
}

function executionRoutes(executions: Executions): readonly Route[] {
  const one = `${experiment}/executions/{executionId}`;
  return [
    on('POST', `${experiment}/start`, 'experiments/start', (request) => executions.start(request)),
    on('POST', `${experiment}/cancel`, 'experiments/cancel', (request) =>
      executions.cancel(request),
    ),
    on('GET', `${experiment}/executions`, 'executions/read', (request) => executions.list(request)),
    on('GET', one, 'executions/read', (request) => executions.get(request)),
    // The result of a start names the execution under this path.
    on('GET', `${experiment}/statuses/{executionId}`, 'executions/read', (request) =>
      executions.get(request),
    ),
    on('POST', `${one}/getExecutionDetails`, 'executions/details', (request) =>
      executions.getDetails(request),
    ),
  ];
}

function targetRoutes(targetStore: Targets): readonly Route[] {
  return [
    on('GET', targets, 'targets/read', (request) => targetStore.list(request)),
    on('GET', target, 'targets/read', (request) => targetStore.get(request)),
    on('PUT', target, 'targets/write', (request) => targetStore.put(request)),
    on('DELETE', target, 'targets/delete', (request) => targetStore.delete(request)),
    on('GET', `${target}/capabilities`, 'capabilities/read', (request) =>
      targetStore.listCapabilities(request),
    ),
    on('GET', capability, 'capabilities/read', (request) => targetStore.getCapability(request)),
    on('PUT', capability, 'capabilities/write', (request) => targetStore.putCapability(request)),
    on('DELETE', capability, 'capabilities/delete', (request) =>
      targetStore.deleteCapability(request),
    ),
  ];
}

function operationRoutes(operations: Operations): readonly Route[] {
  return [
    ...['operationStatuses', 'operationsStatuses'].map((folder) =>
      on('GET', `${location}/${folder}/{operationId}`, 'other', (request) =>
        operations.readStatus(request),
      ),
    ),
    on('GET', `${location}/operationResults/{operationId}`, 'other', (request) =>
      operations.readResult(request),
    ),
  ];
}

function on(method: string, path: string, limit: LimitName, handle: Route['handle']): Route {
  return { method, path, limit, handle };
}
