import { ArmError, badRequest } from './arm/arm-error.ts';
import { toList, type ArmAnswer, type ArmRequest } from './arm/arm-message.ts';
import {
  capabilityTypes,
  clusterType,
  findCapabilityType,
  targetType,
  toParametersSchema,
  withoutPublisher,
  type CapabilityType,
} from './capability-types.ts';
import { normalizeLocation, sameText, type Place } from './place.ts';
import { stampSystemData, type SystemData } from './system-data.ts';

type Capability = { type: CapabilityType; systemData: SystemData };
type Target = {
  name: string;
  properties: Record<string, unknown>;
  systemData: SystemData;
  /** By lower-case name. */
  capabilities: Map<string, Capability>;
};

/** The targets and capabilities of the lab's cluster, which has all of them from the beginning. */
export class Targets {
  readonly #place: Place;
  /** By lower-case name: the only type of target that a cluster has here. */
  readonly #targets = new Map<string, Target>();

  constructor(place: Place) {
    this.#place = place;
    const capabilities = capabilityTypes.map((type): [string, Capability] => [
      type.name.toLowerCase(),
      { type, systemData: stampSystemData() },
    ]);
    this.#targets.set(targetType.toLowerCase(), {
      name: targetType,
      properties: {},
      systemData: stampSystemData(),
      capabilities: new Map(capabilities),
    });
  }

  /** Whether there is a target of this id. */
  has(targetId: string): boolean {
    const name = targetId.split('/').at(-1) ?? '';
    const { resourceId, aliases = [] } = this.#place.cluster;
    const isOurs = [resourceId, ...aliases].some((id) => sameText(targetId, toTargetId(id, name)));
    return isOurs && this.#targets.has(name.toLowerCase());
  }

  /** Whether the target of this id has the capability. */
  enables(targetId: string, capability: CapabilityType): boolean {
    const name = targetId.split('/').at(-1)?.toLowerCase() ?? '';
    const target = this.has(targetId) ? this.#targets.get(name) : undefined;
    return target?.capabilities.has(capability.name.toLowerCase()) === true;
  }

  /** The ids of all targets on the cluster. */
  ids(): readonly string[] {
    return [...this.#targets.values()].map(({ name }) => this.#idOf(name));
  }

  list({ params }: ArmRequest): ArmAnswer {
    this.#requireParent(params);
    return toList([...this.#targets.values()].map((target) => this.#describe(target)));
  }

  get({ params }: ArmRequest): ArmAnswer {
    return { status: 200, body: this.#describe(this.#find(params)) };
  }

  put({ params, body }: ArmRequest): ArmAnswer {
    this.#requireParent(params);
    const { targetName = '' } = params;
    if (!sameText(targetName, targetType)) {
      throw badRequest(
        `The target type '${targetName}' is not supported for resources of type '${clusterType}'.`,
      );
    }
    const { location, properties } = readTargetBody(body);
    if (location && normalizeLocation(location) !== normalizeLocation(this.#place.location)) {
      throw badRequest(
        `The target must be in the location '${this.#place.location}' of its resource.`,
      );
    }
    const previous = this.#targets.get(targetName.toLowerCase());
    const target = {
      name: previous?.name ?? targetName,
      properties,
      systemData: stampSystemData(previous?.systemData),
      capabilities: previous?.capabilities ?? new Map<string, Capability>(),
    };
    this.#targets.set(targetName.toLowerCase(), target);
    return { status: 200, body: this.#describe(target) };
  }

  delete({ params }: ArmRequest): ArmAnswer {
    this.#requireParent(params);
    const existed = this.#targets.delete((params['targetName'] ?? '').toLowerCase());
    return { status: existed ? 200 : 204 };
  }

  listCapabilities({ params }: ArmRequest): ArmAnswer {
    const target = this.#find(params);
    const capabilities = [...target.capabilities.values()];
    return toList(capabilities.map((capability) => this.#describeCapability(target, capability)));
  }

  getCapability({ params }: ArmRequest): ArmAnswer {
    const target = this.#find(params);
    const { capabilityName = '' } = params;
    const capability = target.capabilities.get(capabilityName.toLowerCase());
    if (!capability) throw notFound(`${target.name}/capabilities/${capabilityName}`);
    return { status: 200, body: this.#describeCapability(target, capability) };
  }

  putCapability({ params }: ArmRequest): ArmAnswer {
    const target = this.#find(params);
    const { capabilityName = '' } = params;
    const type = findCapabilityType(capabilityName);
    if (!type) {
      throw badRequest(
        `The capability '${capabilityName}' is not supported by the target type '${target.name}'.`,
      );
    }
    const key = type.name.toLowerCase();
    const previous = target.capabilities.get(key);
    const capability = { type, systemData: stampSystemData(previous?.systemData) };
    target.capabilities.set(key, capability);
    return { status: 200, body: this.#describeCapability(target, capability) };
  }

  deleteCapability({ params }: ArmRequest): ArmAnswer {
    this.#requireParent(params);
    const target = this.#targets.get((params['targetName'] ?? '').toLowerCase());
    const { capabilityName = '' } = params;
    const existed = target?.capabilities.delete(capabilityName.toLowerCase());
    return { status: existed ? 200 : 204 };
  }

  #idOf(name: string): string {
    return toTargetId(this.#place.cluster.resourceId, name);
  }

  #requireParent({ provider, parentType, parentName }: ArmRequest['params']): void {
    const path = `/providers/${provider}/${parentType}/${parentName}`;
    const { resourceId } = this.#place.cluster;
    if (resourceId.toLowerCase().endsWith(path.toLowerCase())) return;
    throw new ArmError(
      404,
      'ParentResourceNotFound',
      `Can not perform requested operation on nested resource. Parent resource '${parentName}' not found.`,
    );
  }

  #find(params: ArmRequest['params']): Target {
    this.#requireParent(params);
    const { targetName = '' } = params;
    const target = this.#targets.get(targetName.toLowerCase());
    if (!target) throw notFound(targetName);
    return target;
  }

  #describe({ name, properties, systemData }: Target): unknown {
    return {
      id: this.#idOf(name),
      type: 'Microsoft.Chaos/targets',
      name,
      location: this.#place.location,
      properties,
      systemData,
    };
  }

  #describeCapability(target: Target, { type, systemData }: Capability): unknown {
    return {
      id: `${this.#idOf(target.name)}/capabilities/${type.name}`,
      name: type.name,
      systemData,
      type: 'Microsoft.Chaos/targets/capabilities',
      properties: {
        publisher: 'microsoft',
        targetType: withoutPublisher(type.targetType).toLowerCase(),
        description: '',
        parametersSchema: toParametersSchema(type),
        urn: type.urn,
      },
    };
  }
}

function readTargetBody(body: unknown): { location?: string; properties: Record<string, unknown> } {
  const { location, properties } = (body ?? {}) as { location?: unknown; properties?: unknown };
  if (typeof properties !== 'object' || properties === null) {
    throw badRequest("The target definition is invalid. The property 'properties' is required.");
  }
  return {
    ...(typeof location === 'string' ? { location } : {}),
    properties: properties as Record<string, unknown>,
  };
}

function notFound(name: string): ArmError {
  return new ArmError(404, 'ResourceNotFound', `The target resource '${name}' was not found.`);
}

function toTargetId(clusterId: string, name: string): string {
  return `${clusterId}/providers/Microsoft.Chaos/targets/${name}`;
}
