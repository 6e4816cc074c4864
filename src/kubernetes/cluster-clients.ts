import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../domain/catalogue.ts';
import type { Log } from '../runs/ports/log.ts';
import { createClusterClient, type ClusterClient } from './cluster-client.ts';
import { loadKubeConfig, type KubeConfigSource } from './load-kube-config.ts';
import { splitPaths } from './read-kubeconfig.ts';

/** How often the way into a cluster is looked at again: a file is cheap, Azure is not. */
const lookAgainMs = { file: 1_000, azure: 300_000 } as const;

type Known = {
  /** What tells whether the way in has changed. */
  readonly version: string;
  readonly client: ClusterClient;
  /** It could not be read again. */
  readonly isOld?: true;
};

/** What is known of the way into a cluster, and since when. */
type Way = { readonly lookedAt: number; readonly known: Promise<Known> };

export type ClusterClientsOptions = KubeConfigSource & {
  readonly clock: { now(): number };
  readonly log: Log;
};

/**
 * Returns the client of a cluster: the same one until the way into that cluster is another, as after its certificates were renewed or its kubeconfig was
 * written anew. Rejects when the way in is not known; one that can't be read any more, as a file that is half written, leaves the client as it was.
 */
export function createClusterClients({
  clock,
  log,
  ...source
}: ClusterClientsOptions): (cluster: Cluster) => Promise<ClusterClient> {
  const ways = new Map<string, Way>();
  const lookAgain = async (cluster: Cluster, before: Promise<Known>): Promise<Known> => {
    const known = await before.catch(() => undefined);
    if (!known) return load(cluster, source);
    try {
      return await renew(cluster, known, source);
    } catch (error) {
      const told = { cluster: cluster.name, error };
      if (!known.isOld) log.warn(told, 'The way into a cluster could not be read again.');
      return { ...known, isOld: true };
    }
  };
  return async (cluster) => {
    const way = ways.get(cluster.name);
    const now = clock.now();
    const waitMs = lookAgainMs[cluster.connect === 'azure' ? 'azure' : 'file'];
    // A clock that is set back is no reason to wait.
    if (way && now >= way.lookedAt && now - way.lookedAt < waitMs) return (await way.known).client;
    const known = way ? lookAgain(cluster, way.known) : load(cluster, source);
    const remember = (latest: Promise<Known>) =>
      ways.set(cluster.name, { lookedAt: now, known: latest });
    // What could not be told now may be told the next time.
    known.catch(() => ways.delete(cluster.name));
    if (!way || cluster.connect !== 'azure') {
      remember(known);
      return (await known).client;
    }
    // Nobody waits for Azure who can do without: pods would be out of sight meanwhile.
    remember(way.known);
    known.then(
      () => remember(known),
      () => undefined,
    );
    return (await way.known).client;
  };
}

async function load(cluster: Cluster, source: KubeConfigSource): Promise<Known> {
  const fileVersion = await readFileVersion(cluster, source);
  const config = await loadKubeConfig(cluster, source);
  return { version: fileVersion ?? config.exportConfig(), client: createClusterClient(config) };
}

async function renew(cluster: Cluster, known: Known, source: KubeConfigSource): Promise<Known> {
  const fileVersion = await readFileVersion(cluster, source);
  const same: Known = { version: known.version, client: known.client };
  if (fileVersion === known.version) return same;
  const renewed = await load(cluster, source);
  return renewed.version === known.version ? same : renewed;
}

/** Tells whether the files were written since; undefined where Azure tells the way. One that is gone is an error. */
async function readFileVersion(
  { connect }: Cluster,
  { kubeconfigPath }: KubeConfigSource,
): Promise<string | undefined> {
  if (connect === 'azure') return undefined;
  if (kubeconfigPath === undefined)
    return readVersion(join(homedir(), '.kube', 'config')).catch(() => '');
  return (await Promise.all(splitPaths(kubeconfigPath).map(readVersion))).join();
}

async function readVersion(path: string): Promise<string> {
  const { mtimeMs, size, ino } = await stat(path);
  return [mtimeMs, size, ino].join('-');
}
