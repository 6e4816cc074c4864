import { randomUUID } from 'node:crypto';
import { ArmError } from './arm/arm-error.ts';
import { apiVersion, type ArmAnswer, type ArmRequest } from './arm/arm-message.ts';
import type { Place } from './place.ts';
import { toAzureTime } from './system-data.ts';

/** What happens in the meantime; terminal are `Succeeded`, `Failed` and `Canceled`. */
export type OperationStatus =
  | 'Creating'
  | 'Updating'
  | 'Deleting'
  | 'Starting'
  | 'Canceling'
  | 'Succeeded'
  | 'Failed'
  | 'Canceled';

export type OperationError = { readonly code: string; readonly message: string };

export type OperationPlan = {
  readonly status: OperationStatus;
  /** The path of the resource, when that is what the client reads at the end; else it reads the operation's result. */
  readonly resourcePath?: string;
  /** What the result is once the operation has succeeded. */
  result(baseUrl: string): ArmAnswer;
};

/** One long-running operation. It ends once: what comes after an end has no effect. */
export class Operation {
  readonly id = randomUUID();
  readonly plan: OperationPlan;
  readonly #startedAt = new Date();
  #endedAt: Date | undefined;
  #status: OperationStatus;
  #error: OperationError | undefined;

  constructor(plan: OperationPlan) {
    this.plan = plan;
    this.#status = plan.status;
  }

  get status(): OperationStatus {
    return this.#status;
  }

  get error(): OperationError | undefined {
    return this.#error;
  }

  end(status: 'Succeeded' | 'Failed' | 'Canceled', error?: OperationError): void {
    if (this.#endedAt) return;
    this.#endedAt = new Date();
    this.#status = status;
    this.#error = error;
  }

  describe(path: string): unknown {
    return {
      id: path,
      name: this.id,
      status: this.#status,
      startTime: toAzureTime(this.#startedAt),
      ...(this.#endedAt ? { endTime: toAzureTime(this.#endedAt) } : {}),
      ...(this.#error ? { error: this.#error } : {}),
    };
  }
}

/** The long-running operations, their addresses and how they are asked about. */
export class Operations {
  readonly #operations = new Map<string, Operation>();
  readonly #folder: string;
  readonly #retryAfter: string;

  constructor(place: Place, retryAfterSeconds: number) {
    this.#folder = `/subscriptions/${place.subscriptionId}/providers/Microsoft.Chaos/locations/${place.location}`;
    this.#retryAfter = String(retryAfterSeconds);
  }

  begin(plan: OperationPlan): Operation {
    const operation = new Operation(plan);
    this.#operations.set(operation.id, operation);
    return operation;
  }

  /** What a client needs to follow the operation: also part of every answer about it. */
  headersOf({ id, plan }: Operation, baseUrl: string): Record<string, string> {
    const address = (path: string) => `${baseUrl}${path}?api-version=${apiVersion}`;
    return {
      'azure-asyncoperation': address(`${this.#folder}/operationStatuses/${id}`),
      location: address(plan.resourcePath ?? `${this.#folder}/operationResults/${id}`),
      'retry-after': this.#retryAfter,
    };
  }

  readStatus({ params, baseUrl }: ArmRequest): ArmAnswer {
    const operation = this.#find(params);
    return {
      status: 200,
      headers: this.headersOf(operation, baseUrl),
      body: operation.describe(`${this.#folder}/operationStatuses/${operation.id}`),
    };
  }

  readResult({ params, baseUrl }: ArmRequest): ArmAnswer {
    const operation = this.#find(params);
    const { status, error } = operation;
    if (status === 'Succeeded') return operation.plan.result(baseUrl);
    if (status === 'Failed' || status === 'Canceled') {
      const { code, message } = error ?? { code: status, message: 'The operation was canceled.' };
      throw new ArmError(409, code, message);
    }
    return { status: 202, headers: this.headersOf(operation, baseUrl) };
  }

  #find({ operationId = '' }: ArmRequest['params']): Operation {
    const operation = this.#operations.get(operationId.toLowerCase());
    if (operation) return operation;
    throw new ArmError(404, 'NotFound', `The operation '${operationId}' was not found.`);
  }
}
