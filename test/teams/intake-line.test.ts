import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { createIntakeLine, isUrgent } from '../../src/teams/intake-line.ts';

const vocabulary = { experiments: ['pod-failure'], services: ['diabetes'] };
const toClick = (verb: unknown) => ({ type: 'invoke', value: { action: { verb } } });

describe('the line of activities that wait', () => {
  test('lets one pass in each turn of the event loop, in the order of arrival', async () => {
    const takeTurn = createIntakeLine();
    const passed: number[] = [];
    const passing = Array.from({ length: 20 }, (_, index) =>
      takeTurn().then(() => passed.push(index)),
    );
    let most = 0;
    for (let before = 0; passed.length < 20; before = passed.length) {
      await setImmediate();
      most = Math.max(most, passed.length - before);
    }
    await Promise.all(passing);
    expect(passed).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(most).toBe(1);
  });

  test.each([
    ['a click on Stop', toClick('run.stop')],
    ['the message stop', { type: 'message', text: '<at>Chaos Marshal</at> STOP!!!' }],
    ['a message that freezes', { type: 'message', text: 'freeze' }],
    ['a button with a command', { type: 'message', value: { command: 'stop r-7k2mq4' } }],
    ['an edited message', { type: 'messageUpdate', text: 'stop all' }],
  ])('is passed by %s', (_what, body) => {
    expect(isUrgent(body, vocabulary)).toBe(true);
  });

  test.each([
    ['a proposal', { type: 'message', text: 'run pod-failure' }],
    ['a click on Approve', toClick('run.approve')],
    ['an invoke without an action', { type: 'invoke', value: { action: null } }],
    ['an invoke of nothing', { type: 'invoke', value: null }],
    ['a verb that is none', toClick({ verb: 'run.stop' })],
    ['a text that is none', { type: 'message', text: { stop: 'stop' } }],
    ['a value that is none', { type: 'message', value: 5 }],
    ['a body that is none', null],
  ])('is not passed by %s', (_what, body) => {
    expect(isUrgent(body, vocabulary)).toBe(false);
  });
});
