import { beforeEach, describe, expect, test } from '@jest/globals';
import type { SendFailure } from '../../../src/teams/outbound/message.ts';
import { createQueueStage, type QueueStage } from '../../support/queue-stage.ts';

let stage: QueueStage;
beforeEach(() => {
  stage = createQueueStage();
});

const texts = () => stage.sent.map(({ text }) => text);
const repeat = (count: number, failure: SendFailure) =>
  Array.from({ length: count }, () => failure);
const minuteMs = 60_000;

describe('a message to a conversation', () => {
  test('is sent in order, one at a time', async () => {
    for (const text of ['one', 'two', 'three']) stage.push(text, text);
    await stage.clock.run();
    expect(texts()).toEqual(['one', 'two', 'three']);
  });

  test.each(Array.from({ length: 60 }, (_, turns) => turns))(
    'is sent when it comes %s microtasks after another',
    async (turns) => {
      stage.push('one', 'one');
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      stage.push('two', 'two');
      await stage.clock.run();
      expect(texts()).toEqual(['one', 'two']);
    },
  );

  test('is replaced by a newer one with its key while it waits', async () => {
    stage.push('other', 'first');
    for (let number = 1; number <= 50; number += 1) stage.push('card', `card ${number}`);
    await stage.clock.run();
    expect(texts()).toEqual(['first', 'card 50']);
  });

  test('keeps its importance when a live update replaces it', async () => {
    stage.failures.push({ kind: 'retry', afterMs: 1_000 });
    stage.push('other', 'first');
    stage.push('card', 'stopping');
    stage.push('card', 'numbers', 'live');
    await stage.clock.run();
    expect(texts()).toEqual(['first', 'numbers']);
    expect(stage.sent[1]?.at).toBe(stage.sent[0]?.at);
  });

  test('goes before live numbers when it is important', async () => {
    stage.push('live a', 'a1', 'live');
    await stage.clock.run(() => stage.sent.length === 1);
    stage.push('live a', 'a2', 'live');
    stage.push('summary', 'summary');
    await stage.clock.run();
    expect(texts()).toEqual(['a1', 'summary', 'a2']);
  });

  test('goes before everything when it answers a stop', async () => {
    for (const text of ['one', 'two', 'three']) stage.push(text, text);
    stage.push('stop', 'stopping', 'stop');
    await stage.clock.run();
    expect(texts()).toEqual(['stopping', 'one', 'two', 'three']);
  });

  test('is said before closing, but closing does not wait for ever, and reports what is left', async () => {
    stage.failures.push(...repeat(30, { kind: 'retry', afterMs: minuteMs }));
    stage.push('card', 'card');
    let closed = false;
    const startedAt = stage.clock.now();
    const closing = stage.queue.close(3_000).then(() => (closed = true));
    await stage.clock.run(() => closed);
    await closing;
    expect(stage.clock.now()).toBe(startedAt + 3_000);
    expect(stage.told).toEqual(['lost card']);
  });
});

describe('when Teams is busy', () => {
  test('a message waits for the minute that Teams asks for, then is sent once', async () => {
    stage.failures.push({ kind: 'retry', afterMs: minuteMs });
    const startedAt = stage.clock.now();
    stage.push('card', 'card');
    await stage.clock.run();
    expect(texts()).toEqual(['card']);
    expect(stage.calledAt).toEqual([startedAt, startedAt + minuteMs]);
  });

  test('nothing else is sent to the conversation in that minute', async () => {
    stage.failures.push({ kind: 'retry', afterMs: minuteMs });
    stage.push('card', 'card');
    await stage.clock.run(() => stage.calledAt.length === 1);
    stage.push('answer', 'answer');
    stage.push('stop', 'stopping', 'stop');
    await stage.clock.run();
    expect(texts()).toEqual(['stopping', 'card', 'answer']);
    expect(stage.sent[0]?.at).toBe((stage.calledAt[0] ?? 0) + minuteMs);
  });

  test('an answer to a stop is tried at once while another message waits for an outage to end', async () => {
    stage.failures.push({ kind: 'retry' });
    stage.push('card', 'card');
    await stage.clock.run(() => stage.calledAt.length === 1);
    stage.push('stop', 'stopping', 'stop');
    await stage.clock.run();
    expect(texts()).toEqual(['stopping', 'card']);
    expect(stage.sent[0]?.at).toBe(stage.calledAt[0]);
  });

  test('a message that always fails lets the others go first after three attempts', async () => {
    let attempts = 0;
    const send = () => {
      attempts += 1;
      return Promise.reject(Object.assign(new Error('503'), { failure: { kind: 'retry' } }));
    };
    stage.queue.push({ key: 'poison', urgency: 'say', what: 'poison', send });
    let attemptsBefore = 0;
    const sendSummary = () => {
      attemptsBefore = attempts;
      return Promise.resolve();
    };
    stage.queue.push({ key: 'summary', urgency: 'say', what: 'summary', send: sendSummary });
    await stage.clock.run(() => attemptsBefore > 0);
    expect(attemptsBefore).toBe(3);
  });

  test('a message is reported as lost after half an hour of failures', async () => {
    const startedAt = stage.clock.now();
    stage.failures.push(...repeat(1_000, { kind: 'retry' }));
    stage.push('summary', 'summary');
    await stage.clock.run();
    expect(stage.told).toEqual(['lost summary']);
    expect(stage.clock.now() - startedAt).toBeGreaterThanOrEqual(30 * minuteMs);
    expect(stage.calledAt.length).toBeLessThan(100);
  });

  test('live numbers are dropped rather than repeated when there is something else to say', async () => {
    stage.failures.push({ kind: 'retry' });
    stage.push('live', 'numbers', 'live');
    stage.push('card', 'card', 'live');
    await stage.clock.run();
    expect(texts()).toEqual(['card']);
    expect(stage.told).toEqual([]);
  });

  test('a message that changes its form is sent at once', async () => {
    stage.failures.push({ kind: 'again' }, { kind: 'again' });
    const startedAt = stage.clock.now();
    stage.push('card', 'card');
    await stage.clock.run();
    expect(stage.sent).toEqual([{ text: 'card', at: startedAt }]);
  });

  test('a message that can never be delivered is reported and does not hold up the next', async () => {
    stage.failures.push({ kind: 'give-up' });
    stage.push('bad', 'bad');
    stage.push('good', 'good');
    await stage.clock.run();
    expect(texts()).toEqual(['good']);
    expect(stage.told).toEqual(['lost bad']);
  });

  test('live numbers that Teams does not take are not tried every two seconds', async () => {
    stage.failures.push(...repeat(1_000, { kind: 'give-up' }));
    const until = stage.clock.now() + 10 * minuteMs;
    while (stage.clock.now() < until) {
      stage.push('card', 'numbers', 'live');
      await stage.clock.sleepThrough(1_000);
    }
    expect(stage.calledAt.length).toBeLessThan(10);
  });
});

describe('when Teams refuses a conversation', () => {
  const refused = { kind: 'refused' } as const;

  test('one refusal is no removal: the message is sent seconds later', async () => {
    stage.failures.push(refused);
    stage.push('card', 'card', 'live');
    stage.push('summary', 'summary');
    await stage.clock.run();
    expect(texts().toSorted()).toEqual(['card', 'summary']);
    expect(stage.told).toEqual([]);
  });

  test('the bot falls silent after the third refusal in a row, and asks now and then', async () => {
    stage.failures.push(...repeat(10_000, refused));
    stage.push('summary', 'summary');
    const until = stage.clock.now() + 6 * 3_600_000;
    await stage.clock.run(() => stage.clock.now() > until);
    expect(stage.told).toEqual(['silenced']);
    expect(stage.calledAt.length).toBeGreaterThan(8);
    expect(stage.calledAt.length).toBeLessThan(30);
  });

  test('what waits is said when Teams takes messages again', async () => {
    stage.failures.push(...repeat(4, refused));
    stage.push('card', 'card');
    await stage.clock.run(() => stage.calledAt.length === 4);
    stage.push('summary', 'summary');
    await stage.clock.run();
    expect(texts()).toEqual(['card', 'summary']);
    expect(stage.told).toEqual(['silenced']);
  });

  test('anything from the conversation lets it speak at once', async () => {
    stage.failures.push(...repeat(3, refused));
    stage.push('card', 'card');
    await stage.clock.run(() => stage.told.includes('silenced'));
    const heardAt = stage.clock.now();
    stage.queue.enter();
    await stage.clock.run();
    expect(stage.sent).toEqual([{ text: 'card', at: heardAt }]);
  });

  test('live numbers alone are enough to find out that it may speak again', async () => {
    stage.failures.push(...repeat(3, refused));
    stage.push('card', 'card', 'live');
    await stage.clock.run();
    expect(stage.told).toEqual(['silenced']);
    for (let second = 0; second < 90; second += 1) {
      stage.push('card', 'numbers', 'live');
      await stage.clock.sleepThrough(1_000);
    }
    expect(stage.sent.length).toBeGreaterThan(1);
  });

  test('a message that alone is refused is given up, and the others are sent', async () => {
    const send = () =>
      Promise.reject(Object.assign(new Error('403'), { failure: { kind: 'refused' } }));
    stage.queue.push({ key: 'whisper', urgency: 'say', what: 'whisper', send });
    for (let number = 0; number < 5; number += 1) stage.push(`${number}`, `${number}`);
    await stage.clock.run();
    expect(texts()).toEqual(['0', '1', '2', '3', '4']);
    expect(stage.told).toEqual(['lost whisper']);
  });

  test('the newest fifty messages wait, and the others are reported', async () => {
    stage.failures.push(...repeat(3, refused));
    stage.push('first', 'first');
    await stage.clock.run(() => stage.told.includes('silenced'));
    for (let number = 0; number < 60; number += 1) stage.push(`${number}`, `${number}`);
    await stage.clock.run();
    expect(texts()).toHaveLength(50);
    expect(stage.told.filter((told) => told.startsWith('lost'))).toHaveLength(11);
  });

  test('nothing is said where people removed the bot, until they add it again', async () => {
    stage.push('one', 'one');
    await stage.clock.run();
    stage.queue.leave();
    stage.push('two', 'two');
    await stage.clock.run();
    stage.queue.enter();
    stage.push('three', 'three');
    await stage.clock.run();
    expect(texts()).toEqual(['one', 'three']);
    expect(stage.told).toEqual(['lost two']);
  });
});
