/** The thread of a prober: schedule, sender and judge, so that nothing else that the process does can delay them. */
import { parentPort, workerData } from 'node:worker_threads';
import { OpenLoop } from './open-loop.ts';
import type { FromProber, ProberData, ToProber } from './prober-messages.ts';
import { createSteadyClock } from './steady-clock.ts';

const { scoring, origin, seed, ...data } = workerData as ProberData;
const clock = createSteadyClock(origin);
let { authorization } = data;
let loop: OpenLoop | undefined;

function post(message: FromProber): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, this is a thread
  parentPort?.postMessage(message);
}

async function stop(): Promise<void> {
  await loop?.stop();
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
    { scoring, clock, authorization, deliver: (batch) => post({ kind: 'batch', ...batch }) },
    { seed, startAt, from },
  );
});
post({ kind: 'ready' });
