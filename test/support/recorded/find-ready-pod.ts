import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import type { LabProcess } from '../lab-process.ts';

/** Returns the name of a pod of the scoring service that is ready, which the fault has not hit. */
export async function findReadyPod(lab: LabProcess): Promise<string> {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromFile(lab.kubeconfigPath);
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedPod({
    namespace: 'default',
    labelSelector: 'app=diabetes',
  });
  const ready = items.find(({ status }) =>
    status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True'),
  );
  const name = ready?.metadata?.name;
  if (name === undefined) throw new Error('No pod of the scoring service is ready.');
  return name;
}
