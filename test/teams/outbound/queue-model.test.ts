import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SendFailure, Urgency } from '../../../src/teams/outbound/message.ts';
import { OutboundQueue } from '../../../src/teams/outbound/outbound-queue.ts';
import { AppTurns } from '../../../src/teams/outbound/app-turns.ts';
import { SendLimits, threadLimits } from '../../../src/teams/outbound/send-limits.ts';
import { Refusal } from '../../support/queue-stage.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** A step of a conversation's life. `yield` lets so many microtasks pass, `pass` so much time. */
type Step =
  | { readonly do: 'push'; readonly key: string; readonly urgency: Urgency }
  | { readonly do: 'answer'; readonly failure?: SendFailure }
  | { readonly do: 'yield'; readonly turns: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'leave' | 'enter' | 'close' };

/**
 * A conversation whose calls stay pending until the test answers them, and a record of what became of each push. Every important message must be
 * delivered once, or be reported once, or be replaced by a newer one with its key; and nothing may be sent while another call is pending.
 */
class Model {
  readonly clock = new VirtualClock();
  readonly pushed: { id: number; key: string; urgency: Urgency }[] = [];
  readonly delivered: number[] = [];
  readonly reported: number[] = [];
  readonly mistakes: string[] = [];
  #pending: { id: number; settle: (failure?: SendFailure) => void } | undefined;
  #closing: Promise<void> | undefined;
  readonly #queue: OutboundQueue;

  constructor() {
    this.#queue = new OutboundQueue({
      clock: this.clock,
      log: { info: () => undefined, warn: () => undefined, error: ({ error }) => this.#err(error) },
      classify: (error) => (error as Refusal).failure,
      threadLimits,
      appTurns: new AppTurns(new SendLimits([{ count: 3, windowMs: 1_000 }]), this.clock),
      listener: {
        lost: ({ what }) => void this.reported.push(Number(what)),
        delayed: () => undefined,
        silenced: () => undefined,
        emptied: () => undefined,
        delivered: () => undefined,
        left: () => undefined,
      },
    });
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'push':
        return this.#push(step.key, step.urgency);
      case 'answer':
        return this.#answer(step.failure);
      case 'yield':
        for (let turn = 0; turn < step.turns; turn += 1) await Promise.resolve();
        return undefined;
      case 'pass':
        return this.clock.sleepThrough(step.ms);
      case 'leave':
        return this.#queue.leave();
      case 'enter':
        return this.#queue.enter();
      case 'close':
        this.#closing ??= this.#queue.close(3_000);
        return undefined;
    }
  }

  /** Answers everything well from now on, until nothing happens any more. */
  async finish(): Promise<void> {
    for (let round = 0; round < 10_000; round += 1) {
      await this.clock.run(() => this.#pending !== undefined);
      if (!this.#pending) break;
      this.#answer();
    }
    await this.#closing;
  }

  /** What became of the pushes that is not as it should be. */
  findMistakes(): readonly string[] {
    const count = (ids: readonly number[], id: number) => ids.filter((one) => one === id).length;
    const outcomesOf = (id: number) => count(this.delivered, id) + count(this.reported, id);
    const isReplaced = ({ id, key }: { id: number; key: string }) =>
      this.pushed.some((other) => other.key === key && other.id > id && outcomesOf(other.id) > 0);
    const wrong = this.pushed.flatMap((push) => {
      const outcomes = outcomesOf(push.id);
      if (outcomes > 1) return [`${push.id} (${push.key}) came to ${outcomes} ends`];
      const mayVanish = push.urgency === 'live' || isReplaced(push);
      return outcomes === 0 && !mayVanish ? [`${push.id} (${push.key}) vanished`] : [];
    });
    return [...this.mistakes, ...wrong];
  }

  #push(key: string, urgency: Urgency): void {
    const id = this.pushed.length;
    this.pushed.push({ id, key, urgency });
    const send = () => {
      if (this.#pending) this.mistakes.push(`${id} was sent while ${this.#pending.id} was pending`);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const settle = (failure?: SendFailure) => {
        this.#pending = undefined;
        if (failure) return reject(new Refusal(failure));
        this.delivered.push(id);
        return resolve();
      };
      this.#pending = { id, settle };
      return promise;
    };
    this.#queue.push({ key, urgency, what: `${id}`, send });
  }

  #answer(failure?: SendFailure): void {
    this.#pending?.settle(failure);
  }

  #err(error: unknown): void {
    this.mistakes.push(String(error));
  }
}

async function live(steps: readonly Step[]): Promise<readonly string[]> {
  const model = new Model();
  for (const step of steps) await model.take(step);
  await model.finish();
  return model.findMistakes();
}

const failures: readonly SendFailure[] = [
  { kind: 'retry' },
  { kind: 'retry', afterMs: 60_000 },
  { kind: 'again' },
  { kind: 'refused' },
  { kind: 'give-up' },
];

const alphabet: readonly Step[] = [
  { do: 'push', key: 'a', urgency: 'say' },
  { do: 'push', key: 'b', urgency: 'say' },
  { do: 'push', key: 'a', urgency: 'live' },
  { do: 'answer' },
  { do: 'answer', failure: { kind: 'retry' } },
  { do: 'answer', failure: { kind: 'refused' } },
  { do: 'yield', turns: 1 },
  { do: 'yield', turns: 5 },
  { do: 'pass', ms: 1_500 },
  { do: 'leave' },
  { do: 'enter' },
  { do: 'close' },
];

function* sequences(length: number): Generator<readonly Step[]> {
  if (length === 0) return yield [];
  for (const rest of sequences(length - 1)) for (const step of alphabet) yield [...rest, step];
}

test('every important message is delivered once or reported once, in each of 20,736 orders of four steps after a push', async () => {
  const first: Step = { do: 'push', key: 'a', urgency: 'say' };
  const wrong: string[] = [];
  for (const steps of sequences(4)) {
    const mistakes = await live([first, ...steps]);
    if (mistakes.length > 0) wrong.push(`${JSON.stringify(steps)}: ${mistakes.join(', ')}`);
  }
  expect(wrong.slice(0, 5)).toEqual([]);
});

test('every important message is delivered once or reported once, whatever happens in long conversations', async () => {
  const push = fc.record({
    do: fc.constant('push' as const),
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    urgency: fc.constantFrom<Urgency>('stop', 'say', 'say', 'live'),
  });
  const answer = fc.record({
    do: fc.constant('answer' as const),
    failure: fc.option(fc.constantFrom(...failures), { nil: undefined }),
  });
  const step = fc.oneof(
    { arbitrary: push, weight: 4 },
    { arbitrary: answer, weight: 4 },
    { arbitrary: fc.record({ do: fc.constant('yield' as const), turns: fc.nat(60) }), weight: 4 },
    { arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.nat(90_000) }), weight: 2 },
    { arbitrary: fc.constantFrom({ do: 'leave' as const }, { do: 'enter' as const }), weight: 1 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, isClosed) => {
      const given = [...steps, ...(isClosed ? [{ do: 'close' as const }] : [])] as Step[];
      expect(await live(given)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});
