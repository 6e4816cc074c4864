import { ArmError } from './arm/arm-error.ts';
import { toList, type ArmRequest, type Route } from './arm/arm-message.ts';
import {
  capabilityTypes,
  clusterType,
  targetType,
  toParametersSchema,
  toPropertiesSchema,
  withoutPublisher,
  type CapabilityType,
} from './capability-types.ts';
import { normalizeLocation, sameText, type Place } from './place.ts';
import { stampSystemData } from './system-data.ts';

const verbs = ['read', 'write', 'delete', 'start/action', 'cancel/action'] as const;

/** What can be read about the service itself: types of targets and capabilities in the location, and the operations. */
export function createCatalogueRoutes(place: Place): readonly Route[] {
  const types =
    '/subscriptions/{subscriptionId}/providers/Microsoft.Chaos/locations/{location}/targetTypes';
  const limit = 'locations/read';
  const systemData = stampSystemData();
  const folder = `/subscriptions/${place.subscriptionId}/providers/Microsoft.Chaos/locations/${place.location}/targetTypes`;
  const target = { ...describeTargetType(folder, place.location), systemData };
  const capabilities = capabilityTypes.map((type) => ({
    ...describeCapabilityType(type, folder, place.location),
    systemData,
  }));
  const route = (path: string, answer: (request: ArmRequest) => unknown): Route => ({
    method: 'GET',
    path: types + path,
    limit,
    handle(request) {
      requireLocation(request, place);
      const body = answer(request);
      return Array.isArray(body) ? toList(body) : { status: 200, body };
    },
  });
  return [
    route('', () => [target]),
    route('/{targetTypeName}', (request) => requireTargetType(request, target)),
    route('/{targetTypeName}/capabilityTypes', (request) =>
      requireTargetType(request, capabilities),
    ),
    route('/{targetTypeName}/capabilityTypes/{capabilityTypeName}', (request) => {
      const { capabilityTypeName = '' } = requireTargetType(request, request.params);
      const found = capabilities.find(({ name }) => sameText(name, capabilityTypeName));
      if (!found) throw notFound('capability type', capabilityTypeName);
      return found;
    }),
    {
      method: 'GET',
      path: '/providers/Microsoft.Chaos/operations',
      limit: 'other',
      handle: () => toList(verbs.map(describeOperation)),
    },
  ];
}

function requireLocation({ params }: ArmRequest, { location }: Place): void {
  const { location: asked = '' } = params;
  if (normalizeLocation(asked) !== normalizeLocation(location)) throw notFound('location', asked);
}

/** Azure takes the name with and without the publisher: its own ids of capability types have it without. */
function requireTargetType<T>({ params }: ArmRequest, answer: T): T {
  const { targetTypeName = '' } = params;
  const asked = withoutPublisher(targetTypeName);
  if (!sameText(asked, withoutPublisher(targetType))) throw notFound('target type', targetTypeName);
  return answer;
}

function notFound(what: string, name: string): ArmError {
  return new ArmError(404, 'ResourceNotFound', `The ${what} '${name}' was not found.`);
}

function describeTargetType(folder: string, location: string) {
  return {
    type: 'Microsoft.Chaos/locations/targetTypes',
    id: `${folder}/${targetType}`,
    name: targetType,
    location,
    properties: {
      displayName: '',
      description: '',
      propertiesSchema: toPropertiesSchema(targetType),
      resourceTypes: [clusterType],
    },
  };
}

function describeCapabilityType(type: CapabilityType, folder: string, location: string) {
  const shortName = withoutPublisher(type.targetType);
  return {
    type: 'Microsoft.Chaos/locations/targetTypes/capabilityTypes',
    id: `${folder}/${shortName.toLowerCase()}/capabilityTypes/${type.name}`,
    name: type.name,
    location,
    properties: {
      publisher: 'Microsoft',
      targetType: shortName,
      displayName: '',
      description: '',
      parametersSchema: toParametersSchema(type),
      urn: type.urn,
      kind: 'Fault',
      runtimeProperties: { kind: type.kind },
      azureRbacActions: [`${clusterType}/read`, `${clusterType}/listClusterUserCredential/action`],
      azureRbacDataActions: [`${clusterType}/*`],
    },
  };
}

function describeOperation(verb: (typeof verbs)[number]): unknown {
  return {
    name: `Microsoft.Chaos/experiments/${verb}`,
    isDataAction: false,
    display: {
      provider: 'Microsoft Chaos',
      resource: 'Chaos Experiment',
      operation: `Chaos Experiment: ${verb}`,
      description: `The right to ${verb.split('/')[0]} chaos experiments.`,
    },
    origin: 'user,system',
  };
}
