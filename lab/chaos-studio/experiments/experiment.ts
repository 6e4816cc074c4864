import { randomUUID } from 'node:crypto';
import type { Execution } from '../engine/execution.ts';
import { stampSystemData, type SystemData } from '../system-data.ts';
import type { ExperimentBody, Identity } from './experiment-schema.ts';

export type ProvisioningState = 'Creating' | 'Updating' | 'Deleting' | 'Succeeded';

/** The resource, with the executions it has had. */
export class Experiment {
  readonly name: string;
  readonly id: string;
  /** Newest first. */
  readonly executions: Execution[] = [];
  body: ExperimentBody;
  provisioningState: ProvisioningState = 'Creating';
  readonly #tenantId: string;
  readonly #principalId = randomUUID();
  #systemData: SystemData | undefined;

  constructor(name: string, options: { id: string; body: ExperimentBody; tenantId: string }) {
    this.name = name;
    this.id = options.id;
    this.body = options.body;
    this.#tenantId = options.tenantId;
  }

  get running(): Execution | undefined {
    return this.executions.find((execution) => !execution.isOver);
  }

  /** From now on it is as it was written. */
  settle(): void {
    this.provisioningState = 'Succeeded';
    this.#systemData = stampSystemData(this.#systemData);
  }

  /** As Azure describes it: when and by whom it was written is known only once the first writing is done. */
  describe(): unknown {
    const { location, tags, properties } = this.body;
    const { steps, selectors } = properties;
    return {
      type: 'Microsoft.Chaos/experiments',
      id: this.id,
      name: this.name,
      ...(this.#systemData ? { systemData: this.#systemData } : {}),
      identity: this.#describeIdentity(this.body.identity),
      tags: tags ?? {},
      location,
      properties: { provisioningState: this.provisioningState, selectors, steps },
    };
  }

  #describeIdentity({ type, userAssignedIdentities }: Identity): unknown {
    const known = this.#systemData !== undefined;
    if (type === 'SystemAssigned') {
      const principal = { principalId: this.#principalId, tenantId: this.#tenantId };
      return { type, ...(known ? principal : {}) };
    }
    const described = Object.keys(userAssignedIdentities ?? {}).map((id) => [
      id,
      known ? { principalId: this.#principalId, clientId: this.#principalId } : {},
    ]);
    return { type, userAssignedIdentities: Object.fromEntries(described) as unknown };
  }
}
