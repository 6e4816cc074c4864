import { AppTurns } from '../../src/teams/outbound/app-turns.ts';
import type { Message, SendFailure, Urgency } from '../../src/teams/outbound/message.ts';
import { OutboundQueue, type DeliveryListener } from '../../src/teams/outbound/outbound-queue.ts';
import {
  appLimits,
  SendLimits,
  threadLimits,
  type SendLimit,
} from '../../src/teams/outbound/send-limits.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Stands for an error that the queue classifies so. */
export class Refusal extends Error {
  readonly failure: SendFailure;
  constructor(failure: SendFailure) {
    super(failure.kind);
    this.failure = failure;
  }
}

export type QueueStage = {
  readonly clock: VirtualClock;
  readonly queue: OutboundQueue;
  /** What was delivered, and when. */
  readonly sent: { readonly text: string; readonly at: number }[];
  /** When calls were made, answered well or not. */
  readonly calledAt: number[];
  /** What the next calls are answered with; undefined is well. */
  readonly failures: (SendFailure | undefined)[];
  /** What the listener was told: `lost summary`, `silenced`, ... */
  readonly told: string[];
  push(key: string, text: string, urgency?: Urgency): void;
};

/** One conversation's queue in virtual time. */
export function createQueueStage(
  limits: { thread: readonly SendLimit[]; app: readonly SendLimit[] } = {
    thread: threadLimits,
    app: appLimits,
  },
): QueueStage {
  const clock = new VirtualClock();
  const sent: { text: string; at: number }[] = [];
  const calledAt: number[] = [];
  const failures: (SendFailure | undefined)[] = [];
  const told: string[] = [];
  const listener: DeliveryListener = {
    lost: ({ key }: Message) => void told.push(`lost ${key}`),
    delayed: () => undefined,
    silenced: () => void told.push('silenced'),
    emptied: () => undefined,
    delivered: () => undefined,
    left: () => undefined,
  };
  const queue = new OutboundQueue({
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    classify: (error) => (error as Refusal).failure,
    threadLimits: limits.thread,
    appTurns: new AppTurns(new SendLimits(limits.app), clock),
    listener,
  });
  const push: QueueStage['push'] = (key, text, urgency = 'say') => {
    const send = () => {
      calledAt.push(clock.now());
      const failure = failures.shift();
      if (failure) return Promise.reject(new Refusal(failure));
      sent.push({ text, at: clock.now() });
      return Promise.resolve();
    };
    queue.push({ key, urgency, what: key, send });
  };
  return { clock, queue, sent, calledAt, failures, told, push };
}
