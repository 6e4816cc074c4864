import { writeFileSync } from 'node:fs';
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { createClusterSight } from '../../src/kubernetes/cluster-sight.ts';
import { createSteadyClock } from '../../src/predictions/steady-clock.ts';
import { noClusterAccess } from '../../test/support/no-cluster-access.ts';
import { followKubectl } from './follow-kubectl.ts';
import { cluster, service } from './service.ts';

/**
 * Follows the pods in a process of its own: `node follow.ts ours|informer|kubectl KUBECONFIG FILE`. Says `ready` when it has seen all, and, told to end, writes when it saw which restart
 * of which pod, with the memory and CPU time that it took.
 */
const [, , which, kubeconfigPath = '', file = ''] = process.argv;
export type Followed = {
  /** `pod restarts at`, ms since the epoch. */
  readonly seen: readonly (readonly [string, number, number])[];
  /** The most memory that was resident at any time, first list included. */
  readonly peakBytes: number;
  readonly cpuMs: number;
};

const clock = createSteadyClock();
const collect = await follow();
process.stdout.write('ready\n');
process.on('message', () => {
  writeFileSync(file, JSON.stringify(collect()));
  process.exit();
});

async function follow(): Promise<() => Followed> {
  if (which === 'kubectl') return followKubectl(kubeconfigPath, clock);
  const read = which === 'ours' ? await followOurs() : await followInformer();
  const cpuBefore = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpuBefore);
    const peakBytes = process.resourceUsage().maxRSS * 1_024;
    return { seen: read(), peakBytes, cpuMs: (user + system) / 1_000 };
  };
}

async function followOurs(): Promise<() => Followed['seen']> {
  const access = noClusterAccess;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const watch = createClusterSight({ kubeconfigPath, access, clock, log }).watch(
    service,
    cluster,
    15_000,
  );
  while (watch.view().confirmedAt === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  // The watch begins after the first list.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  return () => {
    const restarts = new Map<string, number>();
    return watch
      .changes()
      .filter(({ kind }) => kind === 'restarted')
      .map(({ pod, at }) => {
        const count = (restarts.get(pod) ?? 0) + 1;
        restarts.set(pod, count);
        return [pod, count, at] as const;
      });
  };
}

async function followInformer(): Promise<() => Followed['seen']> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const core = config.makeApiClient(CoreV1Api);
  const { namespace } = service;
  const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () =>
    core.listNamespacedPod({ namespace }),
  );
  const seen: (readonly [string, number, number])[] = [];
  informer.on('update', ({ metadata, status }: V1Pod) => {
    const restarts = status?.containerStatuses?.[0]?.restartCount ?? 0;
    seen.push([metadata?.name ?? '', restarts, clock.now()]);
  });
  await informer.start();
  return () => seen;
}
