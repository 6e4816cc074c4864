export const targetType = 'Microsoft-AzureKubernetesServiceChaosMesh';
export const clusterType = 'Microsoft.ContainerService/managedClusters';
export const delayUrn = 'urn:csci:microsoft:chaosStudio:timedDelay/1.0';

export type CapabilityType = {
  /** As in the path of a capability. */
  readonly name: string;
  readonly urn: string;
  readonly targetType: string;
  readonly kind: 'Continuous' | 'Discrete';
  /** The parameters that an action must have. */
  readonly parameters: readonly string[];
};

/**
 * The faults that this region offers. The other Chaos Mesh faults are missing on purpose: they are unknown here, as a capability is that
 * Chaos Studio does not offer in a region.
 */
export const capabilityTypes: readonly CapabilityType[] = [
  {
    name: 'PodChaos-2.2',
    urn: 'urn:csci:microsoft:azureKubernetesServiceChaosMesh:podChaos/2.2',
    targetType,
    kind: 'Continuous',
    parameters: ['jsonSpec'],
  },
];

export function findCapabilityType(name: string): CapabilityType | undefined {
  return capabilityTypes.find((type) => type.name.toLowerCase() === name.toLowerCase());
}

export function findCapabilityTypeByUrn(urn: string): CapabilityType | undefined {
  return capabilityTypes.find((type) => type.urn.toLowerCase() === urn.toLowerCase());
}

/** `Microsoft-AzureKubernetesServiceChaosMesh` -> `AzureKubernetesServiceChaosMesh` */
export function withoutPublisher(type: string): string {
  return type.replace(/^Microsoft-/i, '');
}

const schemas = 'https://schema.centralus.chaos-prod.azure.com/targetTypes';

export function toPropertiesSchema(type: string): string {
  return `${schemas}/${type}/propertiesSchema.json`;
}

export function toParametersSchema({ targetType, name }: CapabilityType): string {
  return `${schemas}/${targetType}/capabilityTypes/${name}/parametersSchema.json`;
}
