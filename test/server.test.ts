import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createReportAnswerer } from '../src/answer-report.ts';
import { ChaosError } from '../src/domain/chaos-error.ts';
import type { HealthReport } from '../src/domain/health.ts';
import type { RunId } from '../src/domain/ids.ts';
import { createMetrics } from '../src/metrics.ts';
import type { FreezeRequest } from '../src/runs/use-cases.ts';
import { createReportLinks, linkLifeMs } from '../src/report-links.ts';
import { toReport } from '../src/reports/to-report.ts';
import { startServer, type HttpServer, type ServerOptions } from '../src/server.ts';
import { sampleRun } from './support/proposal.ts';
import { reportJournals } from './support/report-gallery.ts';
import { silentAnnouncer } from './support/silent-announcer.ts';

let server: HttpServer;
let health: HealthReport;
let asked: number;
let received: unknown;
let frozenBy: FreezeRequest[];
const token = 'a-token-that-is-long-enough-for-a-tool';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const metrics = createMetrics();

const clock = { now: () => Date.now() };
const key = 'a-key-that-is-long-enough-for-reports';
const { id: runId } = sampleRun();
const toLinks = (at: number, ownKey = key) =>
  createReportLinks({ key: ownKey, publicUrl: server.url, clock: { now: () => at } });
const answerReport = createReportAnswerer({
  links: createReportLinks({ key, publicUrl: '', clock }),
  read: (id) =>
    id === runId
      ? Promise.resolve(toReport(reportJournals.held, { version: '0.1.0' }))
      : Promise.reject(
          new ChaosError('run-not-found', `There is no run ${id}.`, { suggestion: 'Look.' }),
        ),
});

const options: ServerOptions = {
  answerReport,
  host: '127.0.0.1',
  port: 0,
  metrics,
  log,
  health: () => {
    asked += 1;
    return Promise.resolve(health);
  },
  freezeToken: token,
  freeze: (request) => {
    frozenBy.push(request);
    return Promise.resolve({
      kind: 'frozen',
      freeze: { at: 0, by: request.by },
      stopped: {
        kind: 'stopping',
        runs: [sampleRun()],
        hidden: ['r-hidden' as RunId],
        waiting: [],
        unknown: [],
        ended: [],
        disallowed: [],
        refused: [],
        unkept: [],
      },
    });
  },
  handleMessages: (request, response) => {
    received = request.body;
    response.send(200);
    return Promise.resolve();
  },
};

beforeEach(async () => {
  asked = 0;
  frozenBy = [];
  health = { at: 0, checks: [{ name: 'store', ok: true, detail: 'answered in 1 ms' }] };
  server = await startServer(options);
});
afterEach(() => server.close());

const get = (path: string) => fetch(`${server.url}${path}`);

describe('the server', () => {
  test('is alive', async () => {
    expect((await get('/healthz')).status).toBe(200);
  });

  test('is ready when everything it depends on is', async () => {
    expect((await get('/readyz?strict')).status).toBe(200);
    const response = await get('/readyz');
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        status: 'ready',
        checkedAt: expect.any(String),
        checks: [{ name: 'store', ok: true, detail: 'answered in 1 ms' }],
        notReady: [],
      },
    ]);
  });

  const away = { name: 'cluster aks', ok: false, detail: 'no answer within 5 s' };

  test('stays in service while a dependency is away, and says which', async () => {
    health = { at: 0, checks: [...health.checks, away] };
    const response = await get('/readyz');
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { status: 'degraded', checks: [{ ok: true }, away] },
    ]);
  });

  test.each(['?strict', '?strict=1', '?strict=true', '?x=1&strict'])(
    'is not ready for %s while a dependency is away',
    async (query) => {
      health = { at: 0, checks: [...health.checks, away] };
      const response = await get(`/readyz${query}`);
      expect([response.status, await response.json()]).toMatchObject([
        503,
        { status: 'not ready', notReady: [{ name: away.name, detail: away.detail }] },
      ]);
    },
  );

  test('asks the dependencies once when many ask at once', async () => {
    await Promise.all(Array.from({ length: 20 }, () => get('/readyz')));
    expect(asked).toBe(1);
  });

  test('shows metrics, runs by how they ended among them', async () => {
    const ended = sampleRun([{ type: 'ended', ending: 'expired', verdict: null, why: 'late' }]);
    metrics.count(silentAnnouncer).runChanged(ended);
    const text = await (await get('/metrics')).text();
    expect(text).toContain(
      'chaos_runs_ended_total{experiment="pod-failure",ending="expired",verdict="none"} 1',
    );
    expect(text).toContain('process_resident_memory_bytes');
  });

  const pull = (authorization: string | undefined, body: unknown = {}) =>
    fetch(`${server.url}/freeze`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify(body),
    });

  test('lets a tool with the token freeze everything, and says which runs that stopped', async () => {
    const response = await pull(`Bearer ${token}`, { by: ' PagerDuty ', reason: 'incident 4711' });
    expect([response.status, await response.json()]).toEqual([
      200,
      { frozen: true, stopped: [sampleRun().id, 'r-hidden'] },
    ]);
    expect(frozenBy).toEqual([
      { by: { name: 'PagerDuty' }, reason: 'incident 4711', via: { kind: 'tool' } },
    ]);
    expect((await pull(token, { by: 7, reason: null })).status).toBe(200);
    expect(frozenBy[1]).toEqual({ by: { name: 'an incident tool' }, via: { kind: 'tool' } });
  });

  test.each([undefined, '', 'Bearer', 'Bearer wrong', `Bearer ${token}x`, `Basic ${token}`])(
    'lets nobody freeze with %j',
    async (authorization) => {
      expect((await pull(authorization)).status).toBe(401);
      expect(frozenBy).toEqual([]);
    },
  );

  test('has no way to freeze where no token is set', async () => {
    await server.close();
    const { freezeToken: _none, ...without } = options;
    server = await startServer(without);
    expect((await pull('Bearer undefined')).status).toBe(404);
    expect(frozenBy).toEqual([]);
  });

  describe('shows a report', () => {
    const open = (link: string, format = '') => fetch(link.replace(/(?=\?)/, format));

    test.each([
      ['', 'text/html; charset=utf-8', 'Predictions survive the loss of one pod'],
      ['.html', 'text/html; charset=utf-8', '<!doctype html>'],
      ['.md', 'text/markdown; charset=utf-8', '# One pod fails: Held in this run'],
      ['.json', 'application/json; charset=utf-8', '"format":"chaos-marshal-report/1"'],
      ['.png', 'image/png', 'PNG'],
    ])('to whoever has a link, as "%s"', async (format, type, content) => {
      const response = await open(toLinks(Date.now()).toLink(runId), format);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      expect(await response.text()).toContain(content);
    });

    test('that may do nothing but be shown, and is kept by nobody', async () => {
      const { headers } = await open(toLinks(Date.now()).toLink(runId));
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cache-control')).toBe('no-store');
    });

    test('with links to its other forms that open', async () => {
      const link = toLinks(Date.now()).toLink(runId);
      const page = await (await open(link)).text();
      const hrefs = Array.from(page.matchAll(/href="([^"#]+)"/g), ([, href = '']) => href);
      expect(hrefs.length).toBe(3);
      for (const href of hrefs)
        expect((await fetch(new URL(href.replaceAll('&amp;', '&'), link))).status).toBe(200);
    });

    const until = String(Date.now() + 1_000_000_000);
    test.each<[string, (link: string) => string]>([
      ['without a signature', (link) => link.replace(/\?.*/, '')],
      ['with an empty signature', (link) => link.replace(/signature=.*/, 'signature=')],
      ['with another signature', (link) => link.replace(/.{4}$/, 'AAAA')],
      ['with a longer signature', (link) => `${link}A`],
      ['made to last longer', (link) => link.replace(/until=\d+/, `until=${until}`)],
      ['of another run', (link) => link.replace(runId, 'r-000000')],
      ['signed with another key', () => toLinks(Date.now(), `${key}x`).toLink(runId)],
      ['to what is no run', (link) => link.replace(runId, 'etc%2Fpasswd')],
      ['to a run in markup', (link) => link.replace(runId, '%3Cscript%3Ealert(1)%3C%2Fscript%3E')],
    ])('not by a link %s', async (_how, change) => {
      const response = await open(change(toLinks(Date.now()).toLink(runId)));
      const text = await response.text();
      expect(response.status).toBe(403);
      expect(text).toContain('This link opens no report');
      expect(text).toContain('/chaos summarize');
      expect(text).not.toMatch(/<script|One pod fails/);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    });

    test('not by a link that has expired, and says how to get a new one', async () => {
      const old = toLinks(Date.now() - linkLifeMs - 1).toLink(runId);
      const response = await open(old);
      expect(response.status).toBe(403);
      expect(await response.text()).toContain(`/chaos summarize ${runId}`);
      const nearly = toLinks(Date.now() - linkLifeMs + 5_000).toLink(runId);
      expect((await open(nearly)).status).toBe(200);
    });

    test('only of a run that is there, in a form that there is', async () => {
      const links = toLinks(Date.now());
      expect((await open(links.toLink('r-000000' as RunId))).status).toBe(404);
      expect((await open(links.toLink(runId), '.exe')).status).toBe(404);
    });
  });

  test('hands activities on', async () => {
    const body = JSON.stringify({ type: 'message', text: 'help' });
    const response = await fetch(`${server.url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(200);
    expect(received).toEqual({ type: 'message', text: 'help' });
  });

  test.each([
    ['a body that is no JSON', '{"type":', 400],
    ['a body that is too large', JSON.stringify({ text: 'x'.repeat(300_000) }), 413],
  ])('refuses %s', async (_what, body, status) => {
    const response = await fetch(`${server.url}/api/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
  });

  test('knows no other routes', async () => {
    expect((await get('/secrets')).status).toBe(404);
  });

  test('does not start on a port that is taken', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const address = taken.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    await expect(startServer({ ...options, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    taken.close();
  });
});
