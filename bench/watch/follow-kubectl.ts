import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { service } from './service.ts';
import type { Followed } from './follow.ts';

const quietMs = 1_000;
/** Linux counts CPU time in these. */
const ticksPerSecond = 100;

/** Follows with `kubectl get pods --watch`; resolves when it has told of all there are. What it takes is read from /proc. */
export async function followKubectl(
  kubeconfigPath: string,
  clock: { now(): number },
): Promise<() => Followed> {
  const restarts = '{.object.status.containerStatuses[0].restartCount}';
  const line = `jsonpath={.type} {.object.metadata.name} ${restarts}{"\\n"}`;
  const where = ['--kubeconfig', kubeconfigPath, '--namespace', service.namespace];
  const given = ['get', 'pods', '--watch', '--output-watch-events', '-o', line, ...where];
  const kubectl = spawn('kubectl', given, { stdio: ['ignore', 'pipe', 'inherit'] });
  const seen: (readonly [string, number, number])[] = [];
  let toldAt = Number.POSITIVE_INFINITY;
  createInterface({ input: kubectl.stdout }).on('line', (told) => {
    toldAt = clock.now();
    const [type, pod = '', count] = told.split(' ');
    if (type === 'MODIFIED') seen.push([pod, Number(count), toldAt]);
  });
  while (!(clock.now() - toldAt > quietMs)) await new Promise((resolve) => setTimeout(resolve, 50));
  const cpuBefore = readCpuMs(kubectl.pid);
  return () => {
    const status = readFileSync(`/proc/${kubectl.pid}/status`, 'utf8');
    const peakBytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
    const cpuMs = readCpuMs(kubectl.pid) - cpuBefore;
    kubectl.kill();
    return { seen, peakBytes, cpuMs };
  };
}

function readCpuMs(pid: number | undefined): number {
  // After the name, which may hold spaces: state is the first field, utime and stime the twelfth and thirteenth.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}
