import { randomUUID } from 'node:crypto';
import { ArmError, conflict, resourceNotFound } from '../arm/arm-error.ts';
import type { ArmAnswer, ArmRequest } from '../arm/arm-message.ts';
import { toPage } from '../arm/paging.ts';
import type { Execution } from '../engine/execution.ts';
import type { Operation, Operations, OperationPlan } from '../operations.ts';
import type { Pace } from '../pace.ts';
import type { Place } from '../place.ts';
import { Experiment } from './experiment.ts';
import { validateExperiment, validateExperimentUpdate } from './validate-experiment.ts';

const namePattern = /^[^<>%&:?#/\\]+$/;

export type ExperimentsOptions = {
  readonly place: Place;
  readonly pace: Pace;
  readonly operations: Operations;
};

/** The experiment resources: writing, reading and deleting them as Azure does, each write a long-running operation. */
export class Experiments {
  readonly #options: ExperimentsOptions;
  readonly #tenantId = randomUUID();
  /** By lower-case name. */
  readonly #experiments = new Map<string, Experiment>();
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: ExperimentsOptions) {
    this.#options = options;
  }

  put({ params, body, baseUrl }: ArmRequest): ArmAnswer {
    const { experimentName: name = '' } = params;
    if (!namePattern.test(name)) {
      throw new ArmError(400, 'BadRequest', `The experiment name '${name}' is not valid.`);
    }
    const definition = validateExperiment(body, this.#options.place.location);
    const previous = this.#experiments.get(name.toLowerCase());
    if (previous) requireIdle(previous);
    const experiment =
      previous ??
      new Experiment(name, {
        id: `${this.#folder}/${name}`,
        body: definition,
        tenantId: this.#tenantId,
      });
    this.#experiments.set(name.toLowerCase(), experiment);
    experiment.body = definition;
    const state = previous ? 'Updating' : 'Creating';
    const operation = this.#write(experiment, state, { resourcePath: experiment.id });
    return {
      status: previous ? 200 : 201,
      headers: this.#options.operations.headersOf(operation, baseUrl),
      body: experiment.describe(),
    };
  }

  patch({ params, body, baseUrl }: ArmRequest): ArmAnswer {
    const experiment = this.find(params);
    requireIdle(experiment);
    const { identity, tags } = validateExperimentUpdate(body);
    experiment.body = {
      ...experiment.body,
      ...(identity ? { identity } : {}),
      ...(tags ? { tags } : {}),
    };
    const operation = this.#write(experiment, 'Updating', {});
    return {
      status: 202,
      headers: this.#options.operations.headersOf(operation, baseUrl),
      body: experiment.describe(),
    };
  }

  delete({ params, baseUrl }: ArmRequest): ArmAnswer {
    const key = (params['experimentName'] ?? '').toLowerCase();
    const experiment = this.#experiments.get(key);
    if (!experiment) return { status: 204 };
    requireIdle(experiment);
    experiment.provisioningState = 'Deleting';
    const { operations, pace } = this.#options;
    const operation = operations.begin({ status: 'Deleting', result: () => ({ status: 200 }) });
    this.later(pace.deleteMs, () => {
      this.#experiments.delete(key);
      operation.end('Succeeded');
    });
    return { status: 202, headers: operations.headersOf(operation, baseUrl) };
  }

  get({ params }: ArmRequest): ArmAnswer {
    return { status: 200, body: this.find(params).describe() };
  }

  list(request: ArmRequest): ArmAnswer {
    const { subscriptionId } = this.#options.place;
    return this.#list(
      request,
      request.params['resourceGroup']
        ? this.#folder
        : `/subscriptions/${subscriptionId}/providers/Microsoft.Chaos/experiments`,
    );
  }

  /** Throws a 404 when there is none. */
  find({ experimentName = '' }: ArmRequest['params']): Experiment {
    const experiment = this.#experiments.get(experimentName.toLowerCase());
    if (experiment) return experiment;
    const { resourceGroup } = this.#options.place;
    throw resourceNotFound('Microsoft.Chaos/experiments', experimentName, resourceGroup);
  }

  /** Every execution that has not ended. */
  running(): readonly Execution[] {
    return [...this.#experiments.values()].flatMap(({ running }) => running ?? []);
  }

  /** Does something after a while, unless everything is closed before. */
  later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  /** Ends everything; resolves when no fault is left. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all(this.running().map((execution) => execution.close()));
  }

  get #folder(): string {
    const { subscriptionId, resourceGroup } = this.#options.place;
    return `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.Chaos/experiments`;
  }

  #write(
    experiment: Experiment,
    state: 'Creating' | 'Updating',
    where: Pick<OperationPlan, 'resourcePath'>,
  ): Operation {
    const { operations, pace } = this.#options;
    experiment.provisioningState = state;
    const operation = operations.begin({
      status: state,
      ...where,
      result: () => ({ status: 200, body: experiment.describe() }),
    });
    this.later(state === 'Creating' ? pace.createMs : pace.updateMs, () => {
      experiment.settle();
      operation.end('Succeeded');
    });
    return operation;
  }

  #list(request: ArmRequest, path: string): ArmAnswer {
    const running = request.query.get('running')?.toLowerCase();
    if (running !== undefined && running !== 'true' && running !== 'false') {
      throw new ArmError(400, 'BadRequest', `The value '${running}' of running is not valid.`);
    }
    const found = [...this.#experiments.values()].filter(
      (experiment) => running === undefined || Boolean(experiment.running) === (running === 'true'),
    );
    return toPage(
      found.map((experiment) => experiment.describe()),
      path,
      request,
    );
  }
}

function requireIdle({ name, running, provisioningState }: Experiment): void {
  if (running) {
    throw conflict(
      `The experiment '${name}' is running. It cannot be changed or deleted until its execution has ended.`,
    );
  }
  if (provisioningState === 'Deleting') {
    throw conflict(`The experiment '${name}' is being deleted.`);
  }
}
