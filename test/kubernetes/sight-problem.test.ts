import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeKubeconfig } from '../../lab/kubernetes-api/kubeconfig.ts';
import type { SightProblem } from '../../src/domain/sight-problem.ts';
import { GuardWatch } from '../../src/guards/guard-watch.ts';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import type { PodWatch } from '../../src/runs/ports/cluster-sight.ts';
import { startApiFixture, type ApiFixture } from '../lab/kubernetes-api/api-fixture.ts';
import { startKubernetesProxy, type KubernetesProxy } from '../support/kubernetes-proxy.ts';
import { noClusterAccess } from '../support/no-cluster-access.ts';
import { sampleProposal } from '../support/proposal.ts';

const { service, cluster } = sampleProposal();
const clock = { now: () => Date.now() };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

let fixture: ApiFixture;
let proxy: KubernetesProxy;
let refusal: number | undefined;
let watch: PodWatch | undefined;
let silent: Server | undefined;
beforeEach(async () => {
  fixture = await startApiFixture();
  refusal = undefined;
  proxy = await startKubernetesProxy(fixture, () => refusal);
});
afterEach(async () => {
  await watch?.close();
  watch = undefined;
  silent?.close();
  silent = undefined;
  proxy.close();
  await fixture.close();
});

function watchBy(kubeconfigPath: string): PodWatch {
  const sight = createClusterSight({ kubeconfigPath, access: noClusterAccess, clock, log });
  watch = sight.watch(service, cluster, 10_000);
  return watch;
}

async function watchThrough(): Promise<PodWatch> {
  const through = watchBy(proxy.kubeconfigPath);
  await until(() => through.view().confirmedAt > 0);
  expect(through.view().problem).toBeUndefined();
  return through;
}

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 20) {
    if (waitedMs > 30_000) throw new Error('waited in vain');
    await delay(20);
  }
}

/** What the guard of lost sight says of a view when its time is over. */
function findReason({ view }: Pick<PodWatch, 'view'>): string | undefined {
  const guard = { kind: 'lost-sight', afterMs: 15_000 } as const;
  const guards = new GuardWatch({ guards: [guard], ratePerSecond: 10, mostSeconds: 60 });
  const { confirmedAt, problem } = view();
  guards.arm(confirmedAt);
  const now = confirmedAt + 15_001;
  const sight = { now, predictionsAt: now, podsAt: confirmedAt };
  return guards.findTrip({ ...sight, ...(problem ? { podsProblem: problem } : {}) })?.reason;
}

test.each<[number, SightProblem, string]>([
  [403, { code: 'forbidden' }, 'forbids the bot to list pods (403)'],
  [401, { code: 'unauthorized' }, 'no longer accepts the credential of the bot (401)'],
  [503, { code: 'status', status: 503 }, 'answers 503'],
])('a guard says that the API answers %i', async (status, problem, words) => {
  const through = await watchThrough();
  refusal = status;
  await until(() => through.view().problem !== undefined);
  expect(through.view().problem).toEqual(problem);
  expect(findReason(through)).toContain(
    `nothing was observed of the pods for 15s: the Kubernetes API ${words}`,
  );
});

test('a guard says that connections are refused, until they are accepted again', async () => {
  const through = await watchThrough();
  proxy.close();
  await until(() => through.view().problem?.code === 'connection-refused');
  expect(findReason(through)).toBe(
    'nothing was observed of the pods for 15s: the Kubernetes API refuses connections',
  );
});

test('a problem that is over is no longer named', async () => {
  const through = await watchThrough();
  refusal = 403;
  await until(() => through.view().problem?.code === 'forbidden');
  refusal = undefined;
  await until(() => through.view().problem === undefined);
  expect(findReason(through)).toBe('nothing was observed of the pods for 15s');
});

test('a guard says that nobody answers', async () => {
  silent = createServer(() => undefined);
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const path = `${fixture.folder}/silent`;
  const { caPem, token } = fixture;
  await writeKubeconfig({ path, url, caPem, token, clusterName: 'lab' });
  const blind = watchBy(path);
  await until(() => blind.view().problem !== undefined);
  expect(blind.view().problem).toEqual({ code: 'time-out' });
  // Long enough for the first attempt to be given up.
  await delay(5_000);
  expect(blind.view().problem).toEqual({ code: 'time-out' });
  expect(findReason(blind)).toContain('the Kubernetes API does not answer in time');
});
