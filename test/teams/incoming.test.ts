import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { UseCases } from '../../src/runs/use-cases.ts';
import { startServer, type HttpServer } from '../../src/server.ts';
import { createConversations } from '../../src/teams/conversations.ts';
import type { TeamsAuth } from '../../src/teams/create-adapter.ts';
import { createTeamsBot } from '../../src/teams/teams-bot.ts';
import { sampleRuns } from '../support/card-gallery.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { startConnector, type Connector } from '../support/connector.ts';
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts';

const botId = '0b6f7e1c-2f5d-4d0e-9b39-6f5f0a1c2d3e';
const tenantId = '7d1f5c6e-0000-4000-8000-00000000aaaa';
const issuer = 'https://api.botframework.com';
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = {
  now: () => Date.now(),
  sleep: (durationMs: number) => delay(durationMs, undefined, { ref: false }),
};

const unavailable = () =>
  Promise.reject(
    new ChaosError('store-unavailable', 'The database does not answer.', {
      suggestion: 'Look at its log.',
    }),
  );
/** What the bot is asked for; the answers of a bot whose database is gone, but for what needs none. */
const useCases: UseCases = {
  propose: unavailable,
  decide: unavailable,
  stop: unavailable,
  find: () => Promise.resolve({ run: sampleRuns['held'] as never }),
  status: unavailable,
  history: unavailable,
  summarize: unavailable,
  experiments: () => [],
  health: () => Promise.resolve({ at: clock.now(), checks: [] }),
};

async function serve(auth: TeamsAuth): Promise<HttpServer> {
  const messages = { find: () => Promise.resolve(undefined), save: () => Promise.resolve() };
  const conversations = createConversations({ auth, messages, clock, log: silent });
  const bot = createTeamsBot({ auth, useCases, conversations, clock, log: silent });
  return startServer({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(),
    log: silent,
    health: () => useCases.health(),
    handleMessages: (request, response) => bot.handle(request, response),
  });
}

let connector: Connector;
beforeAll(async () => {
  connector = await startConnector();
});
afterAll(() => connector.close());

let count = 0;
const toActivity = (change: object = {}) => ({
  type: 'message',
  id: `activity-${(count += 1)}`,
  channelId: 'msteams',
  serviceUrl: connector.serviceUrl,
  text: 'help',
  from: { id: 'alex', name: 'Alex', aadObjectId: '11111111-0000-4000-8000-000000000001' },
  recipient: { id: botId, name: 'Chaos Marshal' },
  conversation: { id: '19:chaos', tenantId, conversationType: 'personal' },
  ...change,
});
const click = (verb: string, data: object = { runId: 'r-7k2mq4', digest: 'x' }) =>
  toActivity({
    type: 'invoke',
    name: 'adaptiveCard/action',
    value: { action: { type: 'Action.Execute', verb, data } },
  });

async function post(url: string, body: unknown, token?: string) {
  const response = await fetch(`${url}/api/messages`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, text: await response.text() };
}

describe('an activity', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await serve({ mode: 'off' });
  });
  afterAll(() => server.close());

  const say = async (text: string, change: object = {}) => {
    const before = connector.calls.length;
    expect(await post(server.url, toActivity({ text, ...change }))).toMatchObject({ status: 200 });
    await connector.untilCalls(before + 1);
    return toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content);
  };

  test.each([
    ['help', 'Chaos Marshal'],
    ['<at>Chaos Marshal</at>&nbsp;/chaos help', 'Chaos Marshal'],
    ['<p><at>Chaos Marshal</at> <b>experiments</b></p>'.replaceAll(/<\/?b>/g, ''), 'Experiments'],
    ['health', 'Health'],
  ])('%j is answered', async (text, heading) => {
    expect((await say(text))[0]).toBe(heading);
  });

  test('that is no command gets the nearest one', async () => {
    expect((await say('helth')).join(' ')).toContain('Did you mean **health**?');
  });

  test('is answered with the cause and what to do when something is broken', async () => {
    expect((await say('status')).join(' ')).toMatch(
      /The database does not answer\..*Look at its log\./,
    );
  });

  test('of somebody without an object id is refused', async () => {
    const texts = await say('run pod-failure', { from: { id: 'guest', name: 'Guest' } });
    expect(texts.join(' ')).toContain('I cannot tell who you are');
  });

  test('of the bot being added is answered with what to do first', async () => {
    const added = { type: 'conversationUpdate', membersAdded: [{ id: botId }] };
    expect((await say('', added))[0]).toBe('Chaos Marshal');
  });

  test('that is delivered again is done once', async () => {
    const before = connector.calls.length;
    const activity = toActivity({ id: 'delivered-twice', text: 'help' });
    for (let delivery = 0; delivery < 3; delivery += 1) {
      expect(await post(server.url, activity)).toMatchObject({ status: 200 });
    }
    await post(server.url, toActivity({ text: 'health' }));
    await connector.untilCalls(before + 2);
    await delay(100);
    expect(connector.calls).toHaveLength(before + 2);
  });

  test.each([
    ['no channel', { channelId: '' }],
    ['no sender', { from: undefined }],
    ['no conversation', { conversation: {} }],
    ['no type', { type: undefined }],
  ])('with %s is refused', async (_what, change) => {
    expect(await post(server.url, toActivity(change))).toMatchObject({ status: 400 });
  });

  test.each(['', '[]', 'null', '"help"', '{"type":', '{}'])('%j is refused', async (body) => {
    const { status, text } = await post(server.url, body);
    expect(status).toBe(400);
    expect(text).not.toMatch(/\bat .*\.(ts|js):/);
  });

  test('of a click is answered at once, with a card or with why not', async () => {
    const refreshed = JSON.parse((await post(server.url, click('run.refresh'))).text) as object;
    expect(refreshed).toMatchObject({ type: 'application/vnd.microsoft.card.adaptive' });
    const approved = JSON.parse((await post(server.url, click('run.approve'))).text) as object;
    expect(approved).toMatchObject({
      type: 'application/vnd.microsoft.activity.message',
      value: 'The database does not answer. Look at its log.',
    });
  });

  test.each([
    ['an unknown verb', () => click('run.explode')],
    ['no run', () => click('run.approve', {})],
    ['a run that is none', () => click('run.approve', { runId: '../../etc', digest: {} })],
    ['no action', () => toActivity({ type: 'invoke', name: 'adaptiveCard/action' })],
    ['another invoke', () => toActivity({ type: 'invoke', name: 'task/fetch' })],
  ])('of a click with %s is answered with a sentence', async (_what, toClick) => {
    const { status, text } = await post(server.url, toClick());
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ type: 'application/vnd.microsoft.activity.message' });
  });
});

describe('who comes in, with authentication on', () => {
  let server: HttpServer;
  let tokens: TokenIssuer;
  beforeAll(async () => {
    tokens = await startTokenIssuer(issuer);
    server = await serve({
      mode: 'required',
      botId,
      botType: 'SingleTenant',
      tenantId,
      password: 'not-used-here',
      openIdMetadataUrl: tokens.openIdMetadataUrl,
      tokenIssuer: issuer,
    });
  });
  afterAll(async () => {
    await server.close();
    await tokens.close();
  });
  const claims = (change: object = {}) => ({
    aud: botId,
    serviceurl: connector.serviceUrl,
    ...change,
  });

  test('is the channel', async () => {
    const { status, text } = await post(server.url, click('run.refresh'), tokens.sign(claims()));
    expect([status, text]).toEqual([200, expect.stringContaining('card.adaptive')]);
  });

  test.each([
    ['speaks from elsewhere', { serviceUrl: 'https://smba.trafficmanager.net.evil.example/emea/' }],
    ['speaks without encryption', { serviceUrl: 'http://smba.trafficmanager.net/emea/' }],
    ['says not where', { serviceUrl: undefined }],
    ['is of another organisation', { conversation: { id: '19:chaos', tenantId: botId } }],
    ['is of no organisation', { conversation: { id: '19:chaos' } }],
  ])('is not who %s', async (_what, change) => {
    const activity = { ...click('run.refresh'), ...change };
    const serviceurl = (activity as { serviceUrl?: string }).serviceUrl;
    const { status, text } = await post(server.url, activity, tokens.sign(claims({ serviceurl })));
    expect([status, text]).toEqual([403, expect.stringMatching(/service URL|organisation/)]);
  });

  test.each([
    ['no token', () => undefined],
    ['what is no token', () => 'abc'],
    ['another key', () => tokens.forge(claims())],
    ['a token for another bot', () => tokens.sign(claims({ aud: tenantId }))],
    ['a token of another issuer', () => tokens.sign(claims({ iss: 'https://evil.example' }))],
    ['a token without a service URL', () => tokens.sign(claims({ serviceurl: undefined }))],
    [
      'a token for another service URL',
      () => tokens.sign(claims({ serviceurl: 'https://evil.example' })),
    ],
    ['a token that is over', () => tokens.sign(claims({ exp: 1_000, nbf: 900 }))],
    [
      "a token of the emulator's kind",
      () =>
        tokens.sign(
          claims({ iss: `https://sts.windows.net/${tenantId}/`, appid: botId, ver: '1.0' }),
        ),
    ],
  ])('is not who brings %s', async (_what, toToken) => {
    const { status, text } = await post(server.url, click('run.refresh'), toToken());
    expect([status, text]).toEqual([
      401,
      expect.stringContaining('does not come from the channel'),
    ]);
  });
});
