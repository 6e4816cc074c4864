import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { Metric, MetricSource } from '../../src/domain/metric.ts';
import { createMetricProbe } from '../../src/predictions/metric-probe.ts';
import type { MetricAnswer } from '../../src/runs/ports/metric-probe.ts';
import { sampleProposal } from '../support/proposal.ts';

let server: Server;
let url: string;
/** What is answered, and after how long. */
let answer: { status: number; body: string; afterMs?: number };
let asked: { path: string; method: string; headers: IncomingMessage['headers']; body: string }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      asked.push({ path, method, headers, body });
      const { status, body: text, afterMs = 0 } = answer;
      if (status === 0) return void response.destroy();
      setTimeout(() => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(text);
      }, afterMs);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});
beforeEach(() => {
  asked = [];
  answer = { status: 200, body: '' };
});

const warned: string[] = [];
const log = {
  info: () => undefined,
  warn: (_fields: object, message: string) => void warned.push(message),
  error: () => undefined,
};
let tokens: () => Promise<{ token: string; expiresAt: number }>;
const probe = createMetricProbe({
  headersOf: (_service, { name }) => (name === 'secret' ? { 'x-scope': 'sesame' } : undefined),
  readToken: () => tokens(),
  log,
});
const service = (metrics: readonly Metric[]) => ({ ...sampleProposal().service, metrics });
const metric = (source: MetricSource, name = 'users'): Metric => ({ name, everyMs: 1_000, source });
const readFrom = (source: MetricSource, name?: string) => {
  const one = metric(source, name);
  return probe.readOnce(service([one]), one);
};
const prometheus = (change: object = {}): MetricSource => ({
  kind: 'prometheus',
  url,
  query: 'sum(rate(requests_total{code!~"5.."}[1m]))',
  ...change,
});
const success = (resultType: string, result: unknown) =>
  JSON.stringify({ status: 'success', data: { resultType, result } });

describe('a metric of Prometheus', () => {
  test('is asked for by an instant query, with its headers', async () => {
    answer.body = success('vector', [{ metric: {}, value: [1763888400.5, '0.25'] }]);
    expect(await readFrom({ ...prometheus({ url: `${url}/base/` }) }, 'secret')).toEqual({
      value: 0.25,
    });
    expect(asked).toMatchObject([
      { path: '/base/api/v1/query', method: 'POST', headers: { 'x-scope': 'sesame' } },
    ]);
    expect(new URLSearchParams(asked[0]?.body).get('query')).toBe(
      'sum(rate(requests_total{code!~"5.."}[1m]))',
    );
  });

  test.each([
    ['a scalar', success('scalar', [1, '12']), { value: 12 }],
    ['one series', success('vector', [{ metric: {}, value: [1, '-1e-3'] }]), { value: -0.001 }],
    ['no series', success('vector', []), { problem: 'the query gives 0 series, not one' }],
    [
      'several series',
      success('vector', [
        { metric: {}, value: [1, '1'] },
        { metric: {}, value: [1, '2'] },
      ]),
      { problem: 'the query gives 2 series, not one' },
    ],
    [
      'a native histogram',
      success('vector', [{ metric: {}, histogram: [1, { count: '1', sum: '2' }] }]),
      { problem: 'the query gives a histogram, not a number' },
    ],
    ['a range', success('matrix', []), { problem: 'the query gives a matrix, not a number' }],
    ['not a number', success('scalar', [1, 'NaN']), { problem: 'the value is NaN' }],
    ['no end', success('scalar', [1, '+Inf']), { problem: 'the value is +Inf' }],
    ['something else', '{"values": []}', { problem: 'the answer is not that of Prometheus' }],
    ['no JSON', '<html>', { problem: 'the answer is not that of Prometheus' }],
  ])('that answers %s is read so', async (_what, body, reading) => {
    answer.body = body;
    expect(await readFrom(prometheus())).toEqual(reading);
  });

  test('tells what Prometheus says against the query', async () => {
    const error = 'invalid parameter "query": 1:5: parse error: unclosed left parenthesis';
    answer = {
      status: 400,
      body: JSON.stringify({ status: 'error', errorType: 'bad_data', error }),
    };
    expect(await readFrom(prometheus())).toEqual({ problem: `Prometheus says: ${error}` });
    answer = { status: 502, body: '<html>Bad Gateway' };
    expect(await readFrom(prometheus())).toEqual({ problem: 'it answered 502' });
  });

  test('signs in with a token of Entra where it wants one, and says when there is none', async () => {
    answer.body = success('scalar', [1, '1']);
    const entraScope = 'https://prometheus.monitor.azure.com/.default';
    tokens = () => Promise.reject(new Error('no identity'));
    expect(await readFrom(prometheus({ entraScope }))).toEqual({
      problem: 'no token of Entra could be had',
    });
    expect(asked).toEqual([]);
    tokens = () => Promise.resolve({ token: 'of-monitor', expiresAt: Date.now() + 3_600_000 });
    expect(await readFrom(prometheus({ entraScope: `${entraScope}2` }))).toEqual({ value: 1 });
    expect(asked[0]?.headers.authorization).toBe('Bearer of-monitor');
  });
});

describe('a metric over HTTP', () => {
  const http = (): MetricSource => ({ kind: 'http', url: `${url}/stats`, path: '$.queue.length' });

  test.each([
    ['the number at its path', '{"queue": {"length": 7}}', { value: 7 }],
    [
      'a text',
      '{"queue": {"length": "7"}}',
      { problem: 'what stands at $.queue.length is not a number' },
    ],
    ['nothing there', '{}', { problem: '$.queue.length selects 0 values' }],
    ['no JSON', 'seven', { problem: 'the answer is not JSON' }],
    ['too much', ' '.repeat(2_000_000), { problem: 'the answer is longer than 1 MB' }],
  ])('that answers %s is read so', async (_what, body, reading) => {
    answer.body = body;
    expect(await readFrom(http())).toEqual(reading);
  });

  test('has no value where nothing comes, or too late, or another status', async () => {
    answer = { status: 0, body: '' };
    expect(await readFrom(http())).toEqual({ problem: 'it could not be asked (reset)' });
    answer = { status: 200, body: '{"queue": {"length": 7}}', afterMs: 1_500 };
    expect(await readFrom(http())).toEqual({ problem: 'it could not be asked (timeout)' });
    answer = { status: 302, body: '' };
    expect(await readFrom(http())).toEqual({ problem: 'it answered 302' });
  });

  test('is read at once and then at its interval, slow answers or not, until it is stopped', async () => {
    answer = { status: 200, body: '{"queue": {"length": 7}}', afterMs: 900 };
    const told: MetricAnswer[] = [];
    const since = Date.now();
    const session = probe.start(service([metric(http())]), (answer) => told.push(answer));
    await delay(500);
    expect(session.knownUntil()).toBeLessThanOrEqual(since + 400);
    await delay(3_000);
    expect(asked).toHaveLength(4);
    expect(told).toHaveLength(3);
    expect(told[0]).toMatchObject({ name: 'users', reading: { value: 7 } });
    // By when it was asked for, not by when it was answered.
    expect((told[0]?.askedAt ?? Infinity) - since).toBeLessThan(800);
    session.stop();
    await delay(1_200);
    expect(asked).toHaveLength(4);
    expect(told).toHaveLength(3);
    expect(session.knownUntil()).toBe(Infinity);
  });

  test('is dated as predictions are where the clock of the machine is set back', async () => {
    answer = { status: 200, body: '{"queue": {"length": 7}}' };
    const told: MetricAnswer[] = [];
    const now = Date.now.bind(Date);
    const since = now();
    const session = probe.start(service([metric(http())]), (one) => told.push(one));
    jest.spyOn(Date, 'now').mockImplementation(() => now() - 600_000);
    try {
      await delay(1_500);
    } finally {
      jest.restoreAllMocks();
      session.stop();
    }
    expect(told.length).toBeGreaterThan(1);
    for (const { askedAt } of told) expect(askedAt).toBeGreaterThanOrEqual(since - 1);
  });

  test('is given up where its token does not come, so that no phase waits for it for ever', async () => {
    tokens = () => new Promise(() => undefined);
    const told: MetricAnswer[] = [];
    const entraScope = 'https://prometheus.monitor.azure.com/hangs';
    const session = probe.start(service([metric(prometheus({ entraScope }))]), (answer) =>
      told.push(answer),
    );
    await delay(2_800);
    session.stop();
    expect(told[0]?.reading).toEqual({ problem: 'it could not be asked (timeout)' });
  });
});
