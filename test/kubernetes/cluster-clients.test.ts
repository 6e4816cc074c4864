import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { createClusterClients } from '../../src/kubernetes/cluster-clients.ts';
import { startApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

test('while Azure does not tell the way into a cluster again, the one that is known is taken at once', async () => {
  const fixture = await startApiFixture();
  const text = await readFile(fixture.kubeconfigPath, 'utf8');
  await fixture.close();
  let [now, asked] = [0, 0];
  const clientOf = createClusterClients({
    access: {
      ...noClusterAccess,
      readKubeconfig: () => {
        asked += 1;
        return asked === 1 ? Promise.resolve(text) : new Promise<never>(() => undefined);
      },
    },
    clock: { now: () => now },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const cluster = { ...sampleProposal().cluster, connect: 'azure' } as const;
  const first = await clientOf(cluster);
  now += 300_000;
  for (let call = 0; call < 2; call += 1) {
    const late = new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await Promise.race([clientOf(cluster), late])).toBe(first);
  }
  expect(asked).toBe(2);
});
