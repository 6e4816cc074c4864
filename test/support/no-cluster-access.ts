import type { ClusterAccess } from '../../src/runs/ports/cluster-access.ts';

const unused = () => Promise.reject(new Error('there is a kubeconfig'));

/** For clusters that are reached by a kubeconfig. */
export const noClusterAccess: ClusterAccess = { readKubeconfig: unused, readToken: unused };
