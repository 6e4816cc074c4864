import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { UseCases } from '../../src/runs/use-cases.ts';
import type { HttpServer } from '../../src/server.ts';
import type { TeamsAuth } from '../../src/teams/create-adapter.ts';
import { sampleRuns } from '../support/card-gallery.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { startConnector, type Connector } from '../support/connector.ts';
import {
  botId,
  brokenUseCases,
  deliver,
  serveBot,
  tenantId,
  toActivity as toActivityAt,
} from '../support/served-bot.ts';
import { startTokenIssuer, type TokenIssuer } from '../support/token-issuer.ts';

const issuer = 'https://api.botframework.com';
let stops = 0;
const useCases: UseCases = {
  ...brokenUseCases,
  stop: () => {
    stops += 1;
    return brokenUseCases.stop({} as never);
  },
  find: () => Promise.resolve({ run: sampleRuns['held'] as never }),
};
const floodable = { id: '19:flood', tenantId, conversationType: 'personal' };
const serve = (auth: TeamsAuth) => serveBot(auth, useCases);

let connector: Connector;
beforeAll(async () => {
  connector = await startConnector();
});
afterAll(() => connector.close());

const toActivity = (change: object = {}) => toActivityAt(connector.serviceUrl, change);
const click = (verb: string, data: object = { runId: 'r-7k2mq4', digest: 'x' }) =>
  toActivity({
    type: 'invoke',
    name: 'adaptiveCard/action',
    value: { action: { type: 'Action.Execute', verb, data } },
  });

describe('an activity', () => {
  let server: HttpServer;
  beforeAll(async () => {
    server = await serve({ mode: 'off' });
  });
  afterAll(() => server.close());

  const say = async (text: string, change: object = {}) => {
    const before = connector.calls.length;
    expect(await deliver(server.url, toActivity({ text, ...change }))).toMatchObject({
      status: 200,
    });
    await connector.untilCalls(before + 1);
    return toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content);
  };

  const buttons = () => {
    const { actions = [] } = (connector.calls.at(-1)?.body.attachments?.[0]?.content ?? {}) as {
      actions?: { title: string }[];
    };
    return actions.map(({ title }) => title);
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

  test('of a button is the command that it carries, also where the client does not send its text', async () => {
    const value = { command: 'health' };
    expect((await say('', { value }))[0]).toBe('Health');
    expect((await say('help', { value }))[0]).toBe('Chaos Marshal');
  });

  test.each([
    ['a picture', { contentType: 'image/*', contentUrl: 'https://example.com/x.png' }],
    ['a file', { contentType: 'application/vnd.microsoft.teams.file.download.info', content: {} }],
    ['a pasted picture', { contentType: 'text/html', content: '<div><img src="x"></div>' }],
  ])('with %s and no text says that it cannot be read, and what can', async (_what, attachment) => {
    const texts = await say('<at>Chaos Marshal</at> ', { attachments: [attachment] });
    expect(texts.join(' ')).toContain("can't read pictures or files");
    expect(buttons()).toEqual(['help', 'status']);
  });

  test.each([[null], [[null]], ['none'], [[{}]]])(
    'with the attachments %j is a call for help',
    async (attachments) => {
      expect((await say('<at>Chaos Marshal</at>', { attachments }))[0]).toBe('Chaos Marshal');
    },
  );

  test('with nothing but the mention is a call for help', async () => {
    const attachments = [{ contentType: 'text/html', content: '<p><at>Chaos Marshal</at></p>' }];
    expect((await say('<at>Chaos Marshal</at>', { attachments }))[0]).toBe('Chaos Marshal');
  });

  /** Somebody of their own: so many messages of one person would be too many. */
  const editor = { id: '29:editor', name: 'Ed', aadObjectId: '4'.repeat(8) };
  const edited = (id: string, eventType = 'editMessage') => ({
    type: 'messageUpdate',
    id,
    channelData: { eventType, tenant: { id: tenantId } },
    from: editor,
  });

  test('that was edited is not run, and says how to run it', async () => {
    const texts = await say('status', edited('edited-1'));
    expect(texts.join(' ')).toContain('Edited messages are not run');
    expect(buttons()).toEqual(['status']);
    await say('not a command', edited('edited-1'));
    expect(buttons()).toEqual([]);
  });

  test('that is one of a flood of stops stops, and not all of them are answered', async () => {
    const limits = { thread: [], app: [] };
    const flooded = await serveBot({ mode: 'off' }, useCases, { limits });
    const conversation = { id: '19:stops', tenantId, conversationType: 'personal' };
    const from = { id: '29:flooder', name: 'Flo', aadObjectId: '5'.repeat(8) };
    const [before, sent] = [stops, 150];
    const answers = () =>
      connector.calls.filter(({ path }) => path.includes(encodeURIComponent(conversation.id)));
    for (let count = 0; count < sent; count += 1)
      await deliver(flooded.url, toActivity({ text: 'stop', from, conversation }));
    expect(stops - before).toBe(sent);
    // Answered after all the others: answers to a stop go first.
    await deliver(flooded.url, toActivity({ text: 'experiments', from, conversation }));
    const last = () => toCardTexts(answers().at(-1)?.body.attachments?.[0]?.content);
    while (last()[0] !== 'Experiments') await delay(20);
    expect(answers().length).toBeLessThan(sent);
    await flooded.close();
  });

  test('that was edited into a stop stops', async () => {
    const texts = await say('stop', edited('edited-2'));
    expect(texts.join(' ')).toContain('The database does not answer');
  });

  test('that was edited is answered once for each of its texts', async () => {
    const before = connector.calls.length;
    const deliveries = [
      toActivity({ id: 'edited-3', text: 'health', from: editor }),
      toActivity({ ...edited('edited-3'), text: 'status' }),
      toActivity({ ...edited('edited-3'), text: 'status' }),
      toActivity({ ...edited('edited-3'), text: 'experiments' }),
      toActivity({ text: 'health', from: editor }),
    ];
    for (const [index, delivery] of deliveries.entries()) {
      await deliver(server.url, delivery);
      // The third is the second once more.
      await connector.untilCalls(before + (index < 2 ? index + 1 : index));
    }
    expect(connector.calls).toHaveLength(before + 4);
  });

  test('that was deleted and is back is taken and not answered', async () => {
    const before = connector.calls.length;
    const activity = toActivity({ ...edited('back', 'undeleteMessage'), text: 'status' });
    expect(await deliver(server.url, activity)).toMatchObject({ status: 200 });
    await say('health');
    expect(connector.calls).toHaveLength(before + 1);
  });

  test('that is unknown and long comes back short', async () => {
    const texts = await say('x'.repeat(60_000), { from: editor });
    expect(texts.join('').length).toBeLessThan(800);
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
      expect(await deliver(server.url, activity)).toMatchObject({ status: 200 });
    }
    await deliver(server.url, toActivity({ text: 'health' }));
    await connector.untilCalls(before + 2);
    await delay(100);
    expect(connector.calls).toHaveLength(before + 2);
  });

  test('by a slash command is answered to who gave it, and to nobody else', async () => {
    const before = connector.calls.length;
    const recipient = { id: botId, name: 'Chaos Marshal', isTargeted: true };
    await deliver(server.url, toActivity({ text: 'help', recipient }));
    await connector.untilCalls(before + 1);
    const { path, body } = connector.calls[before] ?? {};
    expect(path).toMatch(/\/activities\?isTargetedActivity=true$/);
    expect(body?.recipient?.id).toBe('29:alex');
    await say('help');
    expect(connector.calls.at(-1)?.path).toMatch(/\/activities$/);
  });

  test('of one who speaks without end is passed by, but for stop', async () => {
    const from = { id: '29:script', name: 'Script', aadObjectId: '2'.repeat(8) };
    const before = connector.calls.length;
    for (let number = 0; number < 40; number += 1)
      await deliver(server.url, toActivity({ text: 'help', from, conversation: floodable }));
    await deliver(server.url, toActivity({ text: 'stop', from, conversation: floodable }));
    const answered = () =>
      connector.calls.slice(before).map(({ body }) => toCardTexts(body.attachments?.[0]?.content));
    await connector.untilCalls(before + 21);
    while (!answered().some((texts) => texts.join(' ').includes('The database does not answer')))
      await delay(50);
    expect(answered().length).toBeLessThan(30);
  });

  test.each([
    ['a renamed channel', { channelData: { eventType: 'channelRenamed' } }],
    ['a renamed team', { channelData: { eventType: 'teamRenamed' } }],
    ['somebody who joins', { membersAdded: [{ id: '29:new' }] }],
    ['somebody who leaves', { membersRemoved: [{ id: '29:old' }] }],
  ])('about %s is taken and not answered', async (_what, change) => {
    const before = connector.calls.length;
    const activity = toActivity({ type: 'conversationUpdate', ...change });
    expect(await deliver(server.url, activity)).toMatchObject({ status: 200 });
    await delay(100);
    expect(connector.calls).toHaveLength(before);
  });

  test('of the bot being removed ends what it says there, until it is added again', async () => {
    const conversation = { id: '19:removed', tenantId, conversationType: 'channel' };
    const before = connector.calls.length;
    const tell = (change: object) => deliver(server.url, toActivity({ conversation, ...change }));
    await tell({ type: 'installationUpdate', action: 'remove' });
    const clickHelp = click('run.stop');
    await deliver(server.url, { ...clickHelp, conversation });
    await delay(100);
    expect(connector.calls).toHaveLength(before);
    await tell({ type: 'conversationUpdate', membersAdded: [{ id: botId }] });
    await connector.untilCalls(before + 1);
    const texts = toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content);
    expect(texts).toContain('First');
  });

  test.each([
    ['no channel', { channelId: '' }],
    ['no sender', { from: undefined }],
    ['no conversation', { conversation: {} }],
    ['no type', { type: undefined }],
  ])('with %s is refused', async (_what, change) => {
    expect(await deliver(server.url, toActivity(change))).toMatchObject({ status: 400 });
  });

  test.each(['', '[]', 'null', '"help"', '{"type":', '{}'])('%j is refused', async (body) => {
    const { status, text } = await deliver(server.url, body);
    expect(status).toBe(400);
    expect(text).not.toMatch(/\bat .*\.(ts|js):/);
  });

  test('of a click is answered at once, with a card or with why not', async () => {
    const refreshed = JSON.parse((await deliver(server.url, click('run.refresh'))).text) as object;
    expect(refreshed).toMatchObject({ type: 'application/vnd.microsoft.card.adaptive' });
    const approved = JSON.parse((await deliver(server.url, click('run.approve'))).text) as object;
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
    ['another invoke', () => toActivity({ type: 'invoke', name: 'config/fetch' })],
  ])('of a click with %s is answered with a sentence', async (_what, toClick) => {
    const { status, text } = await deliver(server.url, toClick());
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ type: 'application/vnd.microsoft.activity.message' });
  });
});

describe('whoever is turned away again and again', () => {
  test('is told that it is too much, and nobody who may come in is', async () => {
    const tokens = await startTokenIssuer(issuer);
    const server = await serve({
      mode: 'required',
      botId,
      botType: 'SingleTenant',
      tenantId,
      password: 'not-used-here',
      openIdMetadataUrl: tokens.openIdMetadataUrl,
      tokenIssuer: issuer,
    });
    const refused = await Promise.all(
      Array.from({ length: 100 }, () => deliver(server.url, click('run.refresh'), 'abc')),
    );
    const statuses = refused.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeGreaterThanOrEqual(50);
    expect(statuses).toContain(429);
    const token = tokens.sign({ aud: botId, serviceurl: connector.serviceUrl });
    expect(await deliver(server.url, click('run.refresh'), token)).toMatchObject({ status: 200 });
    await server.close();
    await tokens.close();
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
    const { status, text } = await deliver(server.url, click('run.refresh'), tokens.sign(claims()));
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
    const { status, text } = await deliver(
      server.url,
      activity,
      tokens.sign(claims({ serviceurl })),
    );
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
    const { status, text } = await deliver(server.url, click('run.refresh'), toToken());
    expect([status, text]).toEqual([
      401,
      expect.stringContaining('does not come from the channel'),
    ]);
  });
});
