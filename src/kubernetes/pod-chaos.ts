/** Where Chaos Mesh is installed. Chaos Studio makes its objects there; people make theirs next to the service. */
export const chaosNamespace = 'chaos-testing';

/** A PodChaos of Chaos Mesh, as far as it is read. Its fields may all be missing: another program wrote it. */
export type PodChaos = {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly creationTimestamp?: string;
  };
  readonly spec?: {
    readonly action?: string;
    readonly selector?: {
      readonly namespaces?: readonly string[];
      readonly labelSelectors?: Readonly<Record<string, string>>;
      /** Names of pods by namespace; where they are given, nothing else of the selector counts. */
      readonly pods?: Readonly<Record<string, readonly string[]>>;
    };
  };
  readonly status?: {
    readonly experiment?: { readonly containerRecords?: readonly ContainerRecord[] };
  };
};

export type ContainerRecord = {
  /** `namespace/pod`, or `namespace/pod/container`. */
  readonly id?: string;
  readonly phase?: string;
  readonly injectedCount?: number;
  readonly recoveredCount?: number;
  readonly events?: readonly {
    readonly type?: string;
    readonly operation?: string;
    readonly timestamp?: string;
  }[];
};
