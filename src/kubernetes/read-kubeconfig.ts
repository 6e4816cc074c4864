import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster } from '../domain/catalogue.ts';

/**
 * Reads one kubeconfig, or several with `:` between their paths (`;` on Windows). As with kubectl, the first file that has a name wins,
 * and so does the first current context. Throws when a file can't be read.
 */
export function readKubeconfig(paths: string): KubeConfig {
  const [first = new KubeConfig(), ...others] = splitPaths(paths).map(readOne);
  for (const other of others) merge(first, other);
  return first;
}

/** The files that KUBECONFIG names. */
export function splitPaths(paths: string): string[] {
  return paths.split(delimiter).filter((path) => path !== '');
}

function readOne(path: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  return config;
}

type NamedThing = { readonly name: string };

function merge(into: KubeConfig, other: KubeConfig): void {
  const missing = <Thing extends NamedThing>(ours: readonly Thing[], theirs: readonly Thing[]) =>
    theirs.filter(({ name }) => !ours.some((one) => one.name === name));
  into.clusters = [...into.clusters, ...missing(into.clusters, other.clusters)];
  into.users = [...into.users, ...missing(into.users, other.users)];
  into.contexts = [...into.contexts, ...missing(into.contexts, other.contexts)];
  if (!into.currentContext) into.setCurrentContext(other.currentContext);
}

type Asked = Pick<Cluster, 'name' | 'context' | 'connect'>;

/** Returns what keeps the clusters of chaos.yaml from being reached with these files, before anything is asked of a cluster. */
export function findKubeconfigProblems(paths: string, clusters: readonly Asked[]): string[] {
  const unreadable = splitPaths(paths).flatMap((path) => findFileProblem(path) ?? []);
  if (unreadable.length > 0) return unreadable;
  const config = readKubeconfig(paths);
  const asked = clusters.filter(({ connect }) => connect === undefined);
  return asked.flatMap((cluster) => findContextProblem(config, cluster) ?? []);
}

function findFileProblem(path: string): string | undefined {
  if (!existsSync(path))
    return `the file ${path} does not exist; correct the path, or leave KUBECONFIG empty`;
  try {
    readOne(path);
    return undefined;
  } catch {
    return `${path} can't be read as a kubeconfig; check it with kubectl --kubeconfig ${path} config view`;
  }
}

function findContextProblem(config: KubeConfig, { name, context }: Asked): string | undefined {
  const wanted = context ?? config.currentContext;
  const names = config.contexts.map((one) => one.name);
  if (!wanted)
    return `has no current context, and the cluster ${name} of chaos.yaml names none; set \`context\` there`;
  const found = config.getContextObject(wanted);
  if (!found)
    return `has no context "${wanted}", which the cluster ${name} of chaos.yaml needs; it has: ${names.join(', ') || 'none'}`;
  const cluster = config.getCluster(found.cluster);
  if (!cluster) return `has no cluster "${found.cluster}", which its context "${wanted}" names`;
  const user = config.getUser(found.user);
  const files = [cluster.caFile, user?.certFile, user?.keyFile];
  const missing = files.find((file) => file !== undefined && !existsSync(file));
  return missing === undefined
    ? undefined
    : `names the file ${missing} in its context "${wanted}", and it does not exist`;
}
