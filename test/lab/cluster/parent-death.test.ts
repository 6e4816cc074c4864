import { fork } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { isAlive, waitFor } from './test-cluster.ts';

test('when the lab is killed with SIGKILL, its containers end by themselves', async () => {
  const parent = fork(new URL('cluster-parent.ts', import.meta.url), { execArgv: [] });
  const pids = await receivePids(parent);
  expect(pids.filter(isAlive)).toHaveLength(3);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  await waitFor('the children to end', () => pids.every((pid) => !isAlive(pid)));
});

async function receivePids(parent: ReturnType<typeof fork>): Promise<number[]> {
  const message: unknown[] = await once(parent, 'message');
  const pids = message[0];
  if (!Array.isArray(pids)) throw new Error('The parent sent no process ids.');
  return pids.map(Number);
}
