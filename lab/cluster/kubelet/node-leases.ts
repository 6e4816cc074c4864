/** When each node last said that it lives: the cluster's Lease objects of kube-node-lease. */
export class NodeLeases {
  readonly #renewedAt = new Map<string, number>();

  renew(nodeName: string): void {
    this.#renewedAt.set(nodeName, performance.now());
  }

  ageMs(nodeName: string): number {
    const renewedAt = this.#renewedAt.get(nodeName);
    return renewedAt === undefined ? 0 : performance.now() - renewedAt;
  }
}
