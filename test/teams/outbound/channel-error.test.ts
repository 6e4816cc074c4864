import { describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../../src/domain/chaos-error.ts';
import {
  classifyChannelError,
  describeChannelError,
  SendAgainError,
  toCallError,
} from '../../../src/teams/outbound/channel-error.ts';

const post = { hasLeft: true, mayRepeat: false };
const update = { hasLeft: true, mayRepeat: true };
const answered = (statusCode: number, retryAfter?: string) => ({
  statusCode,
  response: { headers: { get: () => retryAfter } },
});
const broken = (code: string) => Object.assign(new Error('broken'), { code });

describe('an error of a message', () => {
  test.each([412, 429, 502, 503, 504])('%s is repeated', (status) => {
    expect(classifyChannelError(answered(status))).toEqual({ kind: 'retry' });
  });

  test.each([400, 401, 404, 413, 500])('%s is not repeated', (status) => {
    expect(classifyChannelError(answered(status))).toEqual({ kind: 'give-up' });
  });

  test('403 is a refusal of the conversation', () => {
    expect(classifyChannelError(answered(403))).toEqual({ kind: 'refused' });
  });

  test('the time that Teams asks for is kept, in seconds or as a date', () => {
    expect(classifyChannelError(answered(429, '60'))).toEqual({ kind: 'retry', afterMs: 60_000 });
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    const failure = classifyChannelError(answered(503, inAnHour)) as { afterMs: number };
    expect(failure.afterMs).toBeGreaterThan(3_000_000);
  });

  test('a request that never left is repeated, also a post', () => {
    const noToken = toCallError(new Error('no token'), { hasLeft: false, mayRepeat: false });
    const noConnection = toCallError(broken('ECONNREFUSED'), post);
    expect([noToken, noConnection].map(classifyChannelError)).toEqual([
      { kind: 'retry' },
      { kind: 'retry' },
    ]);
  });

  test('a request that was not answered is repeated when it is an update, and a post is not', () => {
    const errors = [broken('ECONNRESET'), new DOMException('timed out', 'AbortError')];
    for (const error of errors) {
      expect(classifyChannelError(toCallError(error, update))).toEqual({ kind: 'retry' });
      expect(classifyChannelError(toCallError(error, post))).toEqual({ kind: 'give-up' });
    }
  });

  test('a message in another form is sent at once, and one waits for the database', () => {
    expect(classifyChannelError(new SendAgainError(answered(413)))).toEqual({ kind: 'again' });
    const away = new ChaosError('store-unavailable', 'The database is away.', { suggestion: '' });
    expect(classifyChannelError(away)).toEqual({ kind: 'retry' });
  });

  test('is described without anything of the request', () => {
    const error = { ...answered(403), code: 'BotNotInConversationRoster' };
    expect(describeChannelError(error)).toBe('Teams answered 403 (BotNotInConversationRoster)');
    expect(describeChannelError(toCallError(new Error('token abc'), post))).not.toContain('abc');
  });

  test.each([
    ['the bot gets no token', new DOMException('abc', 'TimeoutError')],
    ['there is no connection (ECONNREFUSED)', broken('ECONNREFUSED')],
    ['TypeError', new TypeError('abc')],
  ])('that kept a request from leaving is described: %s', (why, error) => {
    const unsent = toCallError(error, { hasLeft: false, mayRepeat: false });
    expect(describeChannelError(unsent)).toBe(`The request was not sent to Teams: ${why}`);
  });
});
