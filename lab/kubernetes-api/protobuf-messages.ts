import type { Message } from './protobuf.ts';

const objectMeta: Message = {
  1: { name: 'name', as: 'text' },
  2: { name: 'generateName', as: 'text' },
  3: { name: 'namespace', as: 'text' },
  11: { name: 'labels', as: 'pair' },
  12: { name: 'annotations', as: 'pair' },
  14: { name: 'finalizers', as: 'text', repeated: true },
};

const requirement: Message = {
  1: { name: 'key', as: 'text' },
  2: { name: 'operator', as: 'text' },
  3: { name: 'values', as: 'text', repeated: true },
};

const labelSelector: Message = {
  1: { name: 'matchLabels', as: 'pair' },
  2: { name: 'matchExpressions', as: requirement, repeated: true },
};

const podDisruptionBudgetSpec: Message = {
  1: { name: 'minAvailable', as: 'intOrPercent' },
  2: { name: 'selector', as: labelSelector },
  3: { name: 'maxUnavailable', as: 'intOrPercent' },
  4: { name: 'unhealthyPodEvictionPolicy', as: 'text' },
};

/** What `kubectl create` sends in protobuf and is understood here, by kind (generated.proto of k8s.io/api). */
export const messages: Readonly<Record<string, Message>> = {
  PodDisruptionBudget: {
    1: { name: 'metadata', as: objectMeta },
    2: { name: 'spec', as: podDisruptionBudgetSpec },
  },
};
