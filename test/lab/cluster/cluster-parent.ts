/** Starts a cluster in a process of its own and tells the ids of its children: a parent for a test to kill. */
import { startTestCluster } from './test-cluster.ts';

const cluster = await startTestCluster({ podNetwork: '127.35.0.0/16' });
process.send?.(cluster.listProcesses().map(({ pid }) => pid));
