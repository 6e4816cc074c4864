import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findRejection } from '../../src/teams/admission.ts';
import { RateLimit } from '../../src/teams/rate-limit.ts';
import { SeenActivities } from '../../src/teams/seen-activities.ts';

const tenantId = '7d1f5c6e-0000-4000-8000-00000000aaaa';
const auth = { mode: 'required', botId: 'bot', botType: 'SingleTenant', tenantId } as const;
const encode = (claims: object) =>
  `Bearer x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const channel = encode({ iss: 'https://api.botframework.com' });
const activity = (serviceUrl: string) => ({
  type: 'message',
  channelId: 'msteams',
  serviceUrl,
  from: { id: 'alex' },
  conversation: { id: '19:chaos', tenantId },
});

describe('who may come near', () => {
  test.each([
    'https://smba.trafficmanager.net/emea/',
    'https://smba.trafficmanager.net/teams/5f1a/',
    'https://smba.infra.gcc.teams.microsoft.com/teams/',
    'https://europe.botframework.com',
  ])('speaks from %s', (serviceUrl) => {
    expect(findRejection(activity(serviceUrl), channel, auth)).toBeUndefined();
  });

  test.each([
    'https://evil.example/smba.trafficmanager.net',
    'https://smba.trafficmanager.net@evil.example/',
    'https://evilbotframework.com/',
    'https://a.b.botframework.com.evil.example/',
    'http://smba.trafficmanager.net/',
    'http://127.0.0.1:1234/',
    'ftp://smba.trafficmanager.net/',
    'not an address',
  ])('and not from %s', (serviceUrl) => {
    expect(findRejection(activity(serviceUrl), channel, auth)).toMatchObject({ status: 403 });
  });

  test('whatever is sent, nothing crashes and nothing unsigned for this issuer passes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (body, authorization) => {
        expect(findRejection(body, authorization, auth)).toBeDefined();
      }),
    );
  });
});

describe('what has been seen', () => {
  test('is done once, forgotten after a while, and bounded', () => {
    const seen = new SeenActivities<number>();
    let count = 0;
    const deliver = (key: string | undefined, now: number) =>
      seen.once(key, now, () => (count += 1));
    expect(deliver('a 1', 0)).toBe(1);
    expect(deliver('a 1', 1)).toBe(1);
    expect(deliver('b 1', 1)).toBe(2);
    expect(deliver('a 1', 16 * 60_000)).toBe(3);
    for (let id = 0; id < 30_000; id += 1) deliver(`c ${id}`, 16 * 60_000);
    expect(deliver('c 29999', 16 * 60_000)).toBe(count);
    const before = count;
    expect(deliver('c 0', 16 * 60_000)).toBe(before + 1);
    expect(deliver(undefined, 0)).toBe(before + 2);
    expect(deliver(undefined, 0)).toBe(before + 3);
  });
});

describe('a rate', () => {
  test('lets through a burst, then so many a second, for each key apart', () => {
    const rate = new RateLimit({ burst: 3, perSecond: 2 });
    const takes = (key: string, now: number, times: number) =>
      Array.from({ length: times }, () => rate.take(key, now)).filter(Boolean).length;
    expect(takes('a', 0, 10)).toBe(3);
    expect(takes('b', 0, 10)).toBe(3);
    expect(takes('a', 1_000, 10)).toBe(2);
    expect(takes('a', 60_000, 10)).toBe(3);
  });

  test('forgets who has not come for long when there are too many', () => {
    const rate = new RateLimit({ burst: 1, perSecond: 0 });
    expect(rate.take('first', 0)).toBe(true);
    for (let key = 0; key < 20_000; key += 1) rate.take(`${key}`, 0);
    expect(rate.take('19999', 0)).toBe(false);
    expect(rate.take('first', 0)).toBe(true);
  });
});
