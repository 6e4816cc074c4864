import fc from 'fast-check';
import type { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';
import { addPod } from './api-fixture.ts';

export type PodChange = { readonly name: string; readonly namespace: string; readonly app: string };

/** Changes of a few pods; an empty `app` deletes the pod. */
export const podChanges = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    namespace: fc.constantFrom('default', 'default-x', 'kube-system'),
    app: fc.constantFrom('', 'heart', 'diabetes'),
  }),
  { maxLength: 25 },
);

export function applyChange(store: ObjectStore, { name, namespace, app }: PodChange): void {
  const exists = store.get('pods', { namespace, name }) !== undefined;
  if (app === '') {
    if (exists) store.delete('pods', { namespace, name });
  } else if (exists) {
    store.update('pods', { namespace, name }, ({ metadata }) => {
      metadata.labels = { app };
    });
  } else {
    addPod(store, { name, namespace, labels: { app } });
  }
}
