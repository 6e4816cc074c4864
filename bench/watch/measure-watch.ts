import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createSteadyClock } from '../../src/predictions/steady-clock.ts';
import {
  addPod,
  startApiFixture,
  type ApiFixture,
} from '../../test/lab/kubernetes-api/api-fixture.ts';
import type { Comparison } from '../comparison.ts';
import type { Followed } from './follow.ts';

const megabyte = 1_048_576;
const clock = createSteadyClock();

type Measured<Which extends Follower = Follower> = {
  readonly which: Which;
  readonly missed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly megabytes: number;
  readonly cpuMs: number;
};

export type WatchLoad = { readonly pods: number; readonly perSecond: number; readonly ms: number };

type Follower = 'ours' | 'informer' | 'kubectl';

const peers = { informer: 'bare informer of client-node', kubectl: 'kubectl get pods --watch' };

/**
 * How late our watch sees that a container restarted, beside a bare informer of client-node and, where it is installed, kubectl, on the same API server, and what memory
 * each takes at most. Ours lists beside its watch and follows endpoint slices and nodes, too.
 */
export async function measureWatch(load: WatchLoad): Promise<Comparison[]> {
  const fixture = await startApiFixture();
  try {
    for (let index = 2; index < load.pods; index += 1)
      addPod(fixture.store, { name: toName(index) });
    const ours = await measureOne('ours', fixture, load);
    const comparisons = [...compare(load, ours, await measureOne('informer', fixture, load))];
    const hasKubectl = spawnSync('kubectl', ['version', '--client']).error === undefined;
    if (hasKubectl && existsSync('/proc/self/status'))
      comparisons.push(...compare(load, ours, await measureOne('kubectl', fixture, load)));
    return comparisons;
  } finally {
    await fixture.close();
  }
}

function compare(
  { pods, perSecond }: WatchLoad,
  ours: Measured,
  theirs: Measured<keyof typeof peers>,
): Comparison[] {
  const name = `${pods} pods, ${perSecond} changes a second`;
  const peer = peers[theirs.which];
  const notes = {
    oursP50Ms: ours.p50Ms,
    oursP99Ms: ours.p99Ms,
    theirsP50Ms: theirs.p50Ms,
    theirsP99Ms: theirs.p99Ms,
    oursMissed: ours.missed,
    theirsMissed: theirs.missed,
    oursCpuMs: ours.cpuMs,
    theirsCpuMs: theirs.cpuMs,
    oursMegabytes: ours.megabytes,
    theirsMegabytes: theirs.megabytes,
  };
  return [
    {
      name: `changes seen within a second: ${name}`,
      unit: '1 / p99 in s',
      peer,
      ours: 1_000 / ours.p99Ms,
      theirs: 1_000 / theirs.p99Ms,
      notes,
    },
    {
      name: `pods held in a megabyte at most: ${name}`,
      unit: 'pods / MB',
      peer,
      ours: pods / ours.megabytes,
      theirs: pods / theirs.megabytes,
    },
  ];
}

const toName = (index: number) => `diabetes-${String(index).padStart(5, '0')}`;

async function measureOne<Which extends Follower>(
  which: Which,
  fixture: ApiFixture,
  load: WatchLoad,
): Promise<Measured<Which>> {
  const file = `${fixture.folder}/${which}.json`;
  const child = await start(which, fixture.kubeconfigPath, file);
  const changedAt = await changePods(fixture, load);
  await delay(3_000);
  child.send('end');
  await once(child, 'exit');
  const followed = JSON.parse(await readFile(file, 'utf8')) as Followed;
  return { which, ...judge(changedAt, followed) };
}

async function start(which: string, kubeconfigPath: string, file: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('follow.ts', import.meta.url));
  const child = spawn(process.execPath, [script, which, kubeconfigPath, file], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  if (!child.stdout) throw new Error('no output');
  await once(createInterface(child.stdout), 'line');
  return child;
}

/** Restarts one container after the other at the rate; gives when each pod had its n-th restart, `pod n`. */
async function changePods(
  { store }: ApiFixture,
  { pods, perSecond, ms }: WatchLoad,
): Promise<Map<string, number>> {
  const changedAt = new Map<string, number>();
  const restarts = new Map<string, number>();
  const startedAt = clock.now();
  const total = (perSecond * ms) / 1_000;
  for (let count = 0; count < total; count += 1) {
    const name = toName(2 + (count % (pods - 2)));
    const dueInMs = startedAt + (count * 1_000) / perSecond - clock.now();
    if (dueInMs > 1) await delay(dueInMs);
    const restart = (restarts.get(name) ?? 0) + 1;
    restarts.set(name, restart);
    store.update('pods', { namespace: 'default', name }, (pod) => {
      const [container] = pod.status?.containerStatuses ?? [];
      if (container) container.restartCount += 1;
      changedAt.set(`${name} ${container?.restartCount}`, clock.now());
    });
  }
  return changedAt;
}

function judge(
  changedAt: Map<string, number>,
  { seen, peakBytes, cpuMs }: Followed,
): Omit<Measured, 'which'> {
  const firstRestart = Math.min(
    ...Array.from(changedAt.keys(), (key) => Number(key.split(' ')[1])),
  );
  const lags = new Map<string, number>();
  for (const [pod, restarts, at] of seen) {
    // What the one before left behind counts from where this one began.
    const key = changedAt.has(`${pod} ${restarts}`)
      ? `${pod} ${restarts}`
      : `${pod} ${restarts + firstRestart - 1}`;
    const changed = changedAt.get(key);
    if (changed !== undefined && !lags.has(key)) lags.set(key, Math.max(0.01, at - changed));
  }
  const sorted = Array.from(lags.values()).toSorted((left, right) => left - right);
  const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? Infinity;
  return {
    missed: changedAt.size - lags.size,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    megabytes: peakBytes / megabyte,
    cpuMs,
  };
}
