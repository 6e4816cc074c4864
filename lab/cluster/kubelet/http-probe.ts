import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Probe } from '../objects.ts';

export type ProbeOptions = {
  readonly probe: Probe;
  /** The pod's address. */
  readonly host: string;
  readonly secondMs: number;
  /** What holds until a threshold is reached. */
  readonly initially: boolean;
  /** Ends the probing. */
  readonly signal: AbortSignal;
  readonly onFailure: (detail: string) => void;
  /** A threshold was reached: it counts as healthy or not from now on. */
  readonly onChange: (healthy: boolean) => void;
};

/** Probes in its period until the signal; the thresholds count results of the same kind in a row. */
export async function watchProbe(options: ProbeOptions): Promise<void> {
  const { probe, secondMs, signal } = options;
  let [healthy, streak, lastOk] = [options.initially, 0, options.initially];
  await wait((probe.initialDelaySeconds ?? 0) * secondMs, signal);
  while (!signal.aborted) {
    const next = wait((probe.periodSeconds ?? 10) * secondMs, signal);
    const failure = await probeOnce(options);
    if (signal.aborted) break;
    const ok = failure === undefined;
    streak = ok === lastOk ? streak + 1 : 1;
    lastOk = ok;
    if (!ok) options.onFailure(failure);
    if (
      ok !== healthy &&
      streak >= ((ok ? probe.successThreshold : probe.failureThreshold) ?? (ok ? 1 : 3))
    ) {
      healthy = ok;
      options.onChange(ok);
    }
    await next;
  }
}

/** Undefined when the answer is below 400, else the failure in the kubelet's words. */
function probeOnce({ probe, host, secondMs, signal }: ProbeOptions): Promise<string | undefined> {
  const { path = '/', port = 80 } = probe.httpGet ?? {};
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const fail = (reason: string) => resolve(`Get "http://${host}:${port}${path}": ${reason}`);
  const outgoing = request({
    host,
    port,
    path,
    agent: false,
    signal,
    headers: { 'user-agent': 'kube-probe/1.31' },
  });
  const timer = setTimeout(
    () => {
      fail('context deadline exceeded (Client.Timeout exceeded while awaiting headers)');
      outgoing.destroy();
    },
    (probe.timeoutSeconds ?? 1) * secondMs,
  );
  outgoing.on('response', (response) => {
    response.resume();
    const { statusCode = 0 } = response;
    resolve(statusCode < 400 ? undefined : `HTTP probe failed with statuscode: ${statusCode}`);
  });
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    const refused = error.code === 'ECONNREFUSED';
    fail(refused ? `dial tcp ${host}:${port}: connect: connection refused` : error.message);
  });
  outgoing.on('close', () => clearTimeout(timer));
  outgoing.end();
  return promise;
}

async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  // Aborted is one way to end the wait; the loop looks at the signal itself.
  await delay(delayMs, undefined, { signal }).catch(() => undefined);
}
