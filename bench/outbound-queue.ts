import PQueue from 'p-queue';
import { Bench } from 'tinybench';
import { OutboundQueue } from '../src/teams/outbound-queue.ts';
import { appLimits, SendLimits, threadLimits } from '../src/teams/send-limits.ts';
import { VirtualClock } from '../test/support/virtual-clock.ts';
import type { Comparison } from './comparison.ts';

const messages = 200;
const minuteMs = 60_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What the queue of a conversation costs beside a queue without limits, and how much of what Teams allows it makes use of. */
export async function measureOutboundQueue(timeMs: number): Promise<Comparison[]> {
  const bench = new Bench({ time: timeMs })
    .add('ours', () => sayThroughOurs(messages))
    .add('p-queue', sayThroughTheirs);
  await bench.run();
  const perSecond = (name: string) => {
    const result = bench.getTask(name)?.result;
    return result && 'throughput' in result ? result.throughput.mean * messages : Number.NaN;
  };
  return [
    {
      name: 'messages through the outbound queue',
      unit: 'per second',
      peer: 'p-queue, without limits',
      ours: perSecond('ours'),
      theirs: perSecond('p-queue'),
    },
    {
      name: 'messages said in a minute of a thread that has more to say',
      unit: 'of those allowed',
      peer: 'allowed by Teams',
      ours: await countInMinute(),
      theirs: 120,
      goal: 0.9,
    },
  ];
}

/** Pushes so many messages in a time that only passes when all wait; gives when each was said. */
async function sayThroughOurs(count: number): Promise<readonly number[]> {
  const clock = new VirtualClock();
  const startedAt = clock.now();
  const saidAt: number[] = [];
  const queue = new OutboundQueue({
    clock,
    log: silent,
    classify: () => ({ kind: 'give-up' }),
    threadLimits,
    appLimits: new SendLimits(appLimits),
  });
  for (let number = 0; number < count; number += 1) {
    const send = () => {
      saidAt.push(clock.now() - startedAt);
      return Promise.resolve();
    };
    queue.push({ key: `${number}`, important: true, send });
  }
  await clock.run(() => saidAt.length === count);
  return saidAt;
}

async function sayThroughTheirs(): Promise<void> {
  const queue = new PQueue({ concurrency: 1 });
  for (let number = 0; number < messages; number += 1) void queue.add(() => Promise.resolve());
  await queue.onIdle();
}

async function countInMinute(): Promise<number> {
  const saidAt = await sayThroughOurs(messages);
  return saidAt.filter((at) => at < minuteMs).length;
}
