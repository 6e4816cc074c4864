import { conflict, resourceNotFound, tooManyRequests } from '../arm/arm-error.ts';
import { apiVersion, type ArmAnswer, type ArmRequest } from '../arm/arm-message.ts';
import { toPage } from '../arm/paging.ts';
import { Execution, type ExecutionWorld, type Preparation } from '../engine/execution.ts';
import type { Operation } from '../operations.ts';
import { sameText } from '../place.ts';
import { describeDetails, describeExecution } from './describe-execution.ts';
import type { Selector } from './experiment-schema.ts';
import type { Experiment } from './experiment.ts';
import type { Experiments, ExperimentsOptions } from './experiments.ts';

const mostAtOnce = 5;
const retryWhenFullSeconds = 60;

export type ExecutionsOptions = ExperimentsOptions & {
  readonly experiments: Experiments;
  /** The world that an execution with these selectors works on. */
  readonly toWorld: (selectors: readonly Selector[]) => ExecutionWorld;
};

/** Starting, cancelling and looking at the executions of the experiments. */
export class Executions {
  readonly #options: ExecutionsOptions;

  constructor(options: ExecutionsOptions) {
    this.#options = options;
  }

  start({ params, baseUrl }: ArmRequest): ArmAnswer {
    const { experiments, operations, toWorld } = this.#options;
    const experiment = experiments.find(params);
    requireStartable(experiment);
    if (experiments.running().length >= mostAtOnce) {
      throw tooManyRequests(
        `The limit of ${mostAtOnce} concurrently executing experiments per region and subscription was reached.`,
        retryWhenFullSeconds,
      );
    }
    const { steps, selectors } = structuredClone(experiment.body.properties);
    const execution = new Execution(steps, toWorld(selectors));
    experiment.executions.unshift(execution);
    const operation = operations.begin({
      status: 'Starting',
      result: (baseUrl) => toResult(experiment, execution, baseUrl),
    });
    void execution.prepared.then((preparation) => endStart(operation, preparation));
    return { status: 202, headers: operations.headersOf(operation, baseUrl) };
  }

  cancel({ params, baseUrl }: ArmRequest): ArmAnswer {
    const { experiments, operations, pace } = this.#options;
    const experiment = experiments.find(params);
    const execution = experiment.running;
    if (!execution) throw conflict(`The experiment '${experiment.name}' is not running.`);
    execution.cancel();
    const operation = operations.begin({
      status: 'Canceling',
      result: (baseUrl) => toResult(experiment, execution, baseUrl),
    });
    experiments.later(pace.cancelMs, () => operation.end('Succeeded'));
    return { status: 202, headers: operations.headersOf(operation, baseUrl) };
  }

  list(request: ArmRequest): ArmAnswer {
    const { id, executions } = this.#options.experiments.find(request.params);
    return toPage(
      executions.map((execution) => describeExecution(execution, id)),
      `${id}/executions`,
      request,
    );
  }

  get({ params }: ArmRequest): ArmAnswer {
    const { experiment, execution } = this.#find(params);
    return { status: 200, body: describeExecution(execution, experiment.id) };
  }

  getDetails({ params }: ArmRequest): ArmAnswer {
    const { experiment, execution } = this.#find(params);
    return { status: 200, body: describeDetails(execution, experiment.id) };
  }

  #find(params: ArmRequest['params']): { experiment: Experiment; execution: Execution } {
    const experiment = this.#options.experiments.find(params);
    const { executionId = '' } = params;
    const execution = experiment.executions.find(({ id }) => sameText(id, executionId));
    if (execution) return { experiment, execution };
    throw resourceNotFound(
      'Microsoft.Chaos/experiments/executions',
      `${experiment.name}/${executionId}`,
      this.#options.place.resourceGroup,
    );
  }
}

function requireStartable({ name, running, provisioningState }: Experiment): void {
  if (running) {
    throw conflict(`The experiment '${name}' cannot be started because it is already running.`);
  }
  if (provisioningState !== 'Succeeded') {
    throw conflict(
      `The experiment '${name}' cannot be started while its provisioning state is '${provisioningState}'.`,
    );
  }
}

function endStart(operation: Operation, preparation: Preparation): void {
  switch (preparation.outcome) {
    case 'done':
      return operation.end('Succeeded');
    case 'cancelled':
      return operation.end('Canceled');
    case 'failed':
      return operation.end('Failed', { code: 'BadRequest', message: preparation.reason });
  }
}

/** Recorded like this: the names in upper case, and the execution under `statuses`. */
function toResult({ id, name }: Experiment, execution: Execution, baseUrl: string): ArmAnswer {
  const [, , subscriptionId = '', , resourceGroup = ''] = id.toUpperCase().split('/');
  const folder = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Chaos/experiments`;
  const upperName = name.toUpperCase();
  return {
    status: 200,
    body: {
      name: upperName,
      statusUrl: `${baseUrl}${folder}/${upperName}/statuses/${execution.id}?api-version=${apiVersion}`,
    },
  };
}
