import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { LabProcess } from '../lab-process.ts';

const apiVersion = '2023-11-01';

/** Disables podChaos on the lab's cluster in Azure, as an administrator may; resolves with a function that enables it again. */
export async function removeCapability(lab: LabProcess): Promise<() => Promise<void>> {
  await send('DELETE', lab);
  return () => send('PUT', lab);
}

async function send(method: 'DELETE' | 'PUT', lab: LabProcess): Promise<void> {
  const cluster = `/subscriptions/${lab.subscriptionId}/resourceGroups/${lab.resourceGroup}/providers/Microsoft.ContainerService/managedClusters/aks-lab`;
  const capability =
    '/providers/Microsoft.Chaos/targets/Microsoft-AzureKubernetesServiceChaosMesh/capabilities/PodChaos-2.2';
  const url = `${lab.armUrl}${cluster}${capability}?api-version=${apiVersion}`;
  const headers = {
    authorization: `Bearer ${lab.armToken}`,
    'content-type': 'application/json',
  };
  const sent = request(url, { method, headers, ca: await readFile(lab.armCaPath) });
  sent.end(method === 'PUT' ? JSON.stringify({ properties: {} }) : undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  const { statusCode = 0 } = response;
  if (statusCode >= 300) throw new Error(`${method} of the capability answered ${statusCode}.`);
}
