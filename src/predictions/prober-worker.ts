/** The thread of a prober: schedule, sender and judge, so that nothing else that the process does can delay them. */
import { parentPort, workerData } from 'node:worker_threads';
import { NameResolver } from './name-resolver.ts';
import { OpenLoop } from './open-loop.ts';
import type { FromProber, ProberData, ToProber } from './prober-messages.ts';
import { createSteadyClock } from './steady-clock.ts';

const { scoring, origin, seed, readyWithinMs, latencyLimitsMs, ...data } = workerData as ProberData;
const clock = createSteadyClock(origin);
let { authorization } = data;
let loop: OpenLoop | undefined;
const names = new NameResolver(scoring.uri, {
  onFailure: (code) => post({ kind: 'unresolved', code }),
});

function post(message: FromProber): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, this is a thread
  parentPort?.postMessage(message);
}

async function stop(): Promise<void> {
  await loop?.stop();
  names.close();
  post({ kind: 'stopped' });
  parentPort?.close();
}

parentPort?.on('message', (message: ToProber) => {
  if (message.kind === 'stop') return void stop();
  if (message.kind === 'authorize') {
    authorization = message.authorization;
    return loop?.authorize(authorization);
  }
  const { startAt, from } = message;
  loop = new OpenLoop(
    {
      scoring,
      clock,
      authorization,
      lookup: names.lookup,
      latencyLimitsMs,
      deliver: (batch) => post({ kind: 'batch', ...batch }),
    },
    { seed, startAt, from },
  );
});
// Predictions that were due before it is known where the name leads could not be sent.
void names.ready(readyWithinMs).then(() => post({ kind: 'ready' }));
