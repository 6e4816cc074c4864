/** Where the lab's resources are: one subscription, one resource group, one location, one cluster. */
export type Place = {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly cluster: {
    readonly resourceId: string;
    /** Other ids of the same cluster, so that tests can have several runs at once. */
    readonly aliases?: readonly string[];
  };
};

export function sameText(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}

/** `East US` and `eastus` are the same place. */
export function normalizeLocation(location: string): string {
  return location.replaceAll(' ', '').toLowerCase();
}
