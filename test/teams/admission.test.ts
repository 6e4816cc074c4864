import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findRebuff } from '../../src/teams/admission.ts';
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
    expect(findRebuff(activity(serviceUrl), channel, auth)).toBeUndefined();
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
    expect(findRebuff(activity(serviceUrl), channel, auth)).toMatchObject({ status: 403 });
  });

  test('whatever is sent, nothing crashes and nothing unsigned for this issuer passes', () => {
    fc.assert(
      fc.property(fc.anything(), fc.string(), (body, authorization) => {
        expect(findRebuff(body, authorization, auth)).toBeDefined();
      }),
    );
  });
});

describe('what has been seen', () => {
  test('is told apart by conversation, forgotten after a while, and bounded', () => {
    const seen = new SeenActivities();
    const first = { id: '1', conversationId: 'a' };
    expect(seen.isNew(first, 0)).toBe(true);
    expect(seen.isNew(first, 1)).toBe(false);
    expect(seen.isNew({ ...first, conversationId: 'b' }, 1)).toBe(true);
    expect(seen.isNew(first, 16 * 60_000)).toBe(true);
    for (let id = 0; id < 30_000; id += 1)
      seen.isNew({ id: `${id}`, conversationId: 'c' }, 16 * 60_000);
    expect(seen.isNew({ id: '29999', conversationId: 'c' }, 16 * 60_000)).toBe(false);
    expect(seen.isNew({ id: '0', conversationId: 'c' }, 16 * 60_000)).toBe(true);
    expect(seen.isNew({ conversationId: 'c' }, 16 * 60_000)).toBe(true);
  });
});
