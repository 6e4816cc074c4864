import PQueue from 'p-queue';
import { Bench } from 'tinybench';
import { AppTurns } from '../src/teams/outbound/app-turns.ts';
import type { Urgency } from '../src/teams/outbound/message.ts';
import { OutboundQueue } from '../src/teams/outbound/outbound-queue.ts';
import {
  appLimits,
  SendLimits,
  threadLimits,
  type SendLimit,
} from '../src/teams/outbound/send-limits.ts';
import { VirtualClock } from '../test/support/virtual-clock.ts';
import type { Comparison } from './comparison.ts';

const messages = 200;
const minuteMs = 60_000;
const second = 1_000;
const crowd = 5_000;
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
    {
      name: 'answers of a thousand conversations at once, each said exactly once',
      unit: 'per second',
      peer: 'p-queue, without limits',
      ours: await sayInCrowd(200_000, 1_000),
      theirs: perSecond('p-queue'),
    },
    {
      name: `seconds until a stop is answered while ${crowd} conversations wait for answers`,
      unit: 'seconds',
      peer: 'in the order of asking',
      ours: await measureStopInCrowd(),
      theirs: crowd / 30,
    },
  ];
}

type Limits = { readonly thread: readonly SendLimit[]; readonly app: readonly SendLimit[] };

/** Conversations that share what the app may send, in a time that only passes when all wait. */
function createCrowd(limits: Limits) {
  const clock = new VirtualClock();
  const appTurns = new AppTurns(new SendLimits(limits.app), clock);
  const queues = new Map<string, OutboundQueue>();
  const nothing = () => undefined;
  const options = {
    clock,
    log: silent,
    classify: () => ({ kind: 'retry' }) as const,
    threadLimits: limits.thread,
    appTurns,
    listener: {
      lost: nothing,
      delayed: nothing,
      silenced: nothing,
      emptied: nothing,
      delivered: nothing,
      left: nothing,
    },
  };
  let count = 0;
  const say = (conversation: string, urgency: Urgency, send: () => Promise<void>) => {
    const queue = queues.get(conversation) ?? new OutboundQueue(options);
    queues.set(conversation, queue);
    count += 1;
    queue.push({ key: `${count}`, urgency, what: '', send });
  };
  return { clock, say };
}

/** Answers of many conversations, pushed at every distance of microtasks to each other, one in a hundred refused at first. */
async function sayInCrowd(answers: number, conversations: number): Promise<number> {
  const { clock, say } = createCrowd({ thread: [], app: [] });
  const times = new Uint8Array(answers);
  let said = 0;
  const startedAt = performance.now();
  for (let number = 0; number < answers; number += 1) {
    let isRefused = number % 100 === 0;
    say(`${number % conversations}`, 'say', async () => {
      for (let turn = 0; turn < number % 4; turn += 1) await Promise.resolve();
      if (isRefused) {
        isRefused = false;
        throw new Error('busy');
      }
      times[number] = (times[number] ?? 0) + 1;
      said += 1;
    });
    for (let turn = 0; turn < number % 13; turn += 1) await Promise.resolve();
  }
  await clock.run(() => said >= answers);
  await clock.run();
  const wrong = times.findIndex((count) => count !== 1);
  if (wrong !== -1) throw new Error(`Answer ${wrong} was said ${times[wrong]} times.`);
  return answers / ((performance.now() - startedAt) / second);
}

async function measureStopInCrowd(): Promise<number> {
  const { clock, say } = createCrowd({ thread: threadLimits, app: appLimits });
  for (let number = 0; number < crowd; number += 1)
    say(`${number}`, 'say', () => Promise.resolve());
  const askedAt = clock.now();
  let answeredAt: number | undefined;
  say('stop', 'stop', () => {
    answeredAt = clock.now();
    return Promise.resolve();
  });
  await clock.run(() => answeredAt !== undefined);
  return ((answeredAt ?? Number.NaN) - askedAt) / second;
}

/** Says so many messages in one conversation; gives when each was said. */
async function sayThroughOurs(count: number): Promise<readonly number[]> {
  const { clock, say } = createCrowd({ thread: threadLimits, app: appLimits });
  const startedAt = clock.now();
  const saidAt: number[] = [];
  for (let number = 0; number < count; number += 1)
    say('thread', 'say', () => {
      saidAt.push(clock.now() - startedAt);
      return Promise.resolve();
    });
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
