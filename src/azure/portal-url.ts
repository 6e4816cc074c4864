export type PortalPlace = {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly resourceManagerUrl: string;
};

/** The portals of Azure's clouds, by the host of their Resource Manager. */
const portals: ReadonlyMap<string, string> = new Map([
  ['management.usgovcloudapi.net', 'https://portal.azure.us'],
  ['management.chinacloudapi.cn', 'https://portal.azure.cn'],
]);

/** Returns where people find an experiment in the Azure portal. */
export function toPortalUrl(
  experimentName: string,
  { subscriptionId, resourceGroup, resourceManagerUrl }: PortalPlace,
): string {
  const portal = portals.get(new URL(resourceManagerUrl).hostname) ?? 'https://portal.azure.com';
  const [subscription, group, name] = [subscriptionId, resourceGroup, experimentName].map(
    encodeURIComponent,
  );
  return `${portal}/#resource/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Chaos/experiments/${name}`;
}
