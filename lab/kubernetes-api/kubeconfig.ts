import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

export type Kubeconfig = {
  readonly path: string;
  readonly url: string;
  readonly caPem: string;
  readonly token: string;
  readonly clusterName: string;
};

/** Writes the file that `kubectl` and the client libraries read, for its owner's eyes only; an earlier one is replaced at once. */
export async function writeKubeconfig(kubeconfig: Kubeconfig): Promise<void> {
  const { path, url, caPem, token, clusterName } = kubeconfig;
  const user = `${clusterName}-admin`;
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: clusterName,
        cluster: {
          server: url,
          'certificate-authority-data': Buffer.from(caPem).toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: { token } }],
    contexts: [
      { name: clusterName, context: { cluster: clusterName, user, namespace: 'default' } },
    ],
    'current-context': clusterName,
    preferences: {},
  };
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, stringify(document, { lineWidth: 0 }), { mode: 0o600, flag: 'wx' });
  await rename(draft, path);
}
