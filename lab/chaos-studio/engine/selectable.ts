/** What the selection reads of a pod: any pod of a Kubernetes API has this shape. */
export type SelectablePod = {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly name: string }[];
  };
  readonly status?: { readonly phase?: string };
};

export type SelectableNode = {
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
};

/** The cluster as it is at the moment of asking. */
export type PodSource = {
  pods(): readonly SelectablePod[];
  /** Only for `nodeSelectors`. */
  nodes?(): readonly SelectableNode[];
};
