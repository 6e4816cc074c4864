import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Counter, Registry } from 'prom-client';
import { createMetricProbe } from '../../src/predictions/metric-probe.ts';
import { findFreePort } from '../support/databases.ts';
import { sampleProposal } from '../support/proposal.ts';

const isMissing = spawnSync('prometheus', ['--version']).error !== undefined;
const isRequired = process.env['CHAOS_MARSHAL_REQUIRE_ALL'] === '1';
const title = isMissing ? 'Prometheus (skipped: it is not on the PATH)' : 'Prometheus';

const requests = new Registry();
const counter = new Counter({
  name: 'requests_total',
  help: 'What users asked.',
  labelNames: ['code'],
  registers: [requests],
});
let exporter: Server;
let folder: string;
let prometheus: ChildProcess | undefined;
let url: string;

(isMissing && !isRequired ? describe.skip : describe)(title, () => {
  beforeAll(async () => {
    exporter = createServer((_request, response) => {
      requests.metrics().then(
        (text) => response.end(text),
        () => response.destroy(),
      );
    }).listen(0, '127.0.0.1');
    await once(exporter, 'listening');
    folder = await mkdtemp(join(tmpdir(), 'prometheus-'));
    const target = `127.0.0.1:${(exporter.address() as AddressInfo).port}`;
    const config = join(folder, 'prometheus.yml');
    await writeFile(
      config,
      `scrape_configs: [{ job_name: scoring, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ["${target}"] }] }]\n`,
    );
    const address = `127.0.0.1:${await findFreePort()}`;
    url = `http://${address}`;
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${address}`,
      ],
      { stdio: 'ignore' },
    );
  });
  afterAll(async () => {
    if (prometheus?.exitCode === null) {
      prometheus.kill();
      await once(prometheus, 'exit');
    }
    exporter.close();
    await rm(folder, { recursive: true, force: true });
  });

  const probe = createMetricProbe({
    headersOf: () => undefined,
    readToken: () => Promise.reject(new Error('not asked for')),
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const read = (query: string) => {
    const source = { kind: 'prometheus', url, query } as const;
    const metric = { name: 'users', everyMs: 5_000, source };
    return probe.readOnce({ ...sampleProposal().service, metrics: [metric] }, metric);
  };
  const served = '100 * sum(rate(requests_total{code="200"}[5s])) / sum(rate(requests_total[5s]))';

  test('gives the share of users who were served, and what is against a query', async () => {
    let reading = await read(served);
    for (let attempt = 0; attempt < 60 && !('value' in reading); attempt += 1) {
      counter.inc({ code: '200' }, 3);
      counter.inc({ code: '500' }, 1);
      await delay(500);
      reading = await read(served);
    }
    expect(reading).toEqual({ value: expect.closeTo(75, 3) });
    expect(await read('requests_total')).toEqual({ problem: 'the query gives 2 series, not one' });
    expect(await read('absent_metric')).toEqual({ problem: 'the query gives 0 series, not one' });
    expect(await read('0 / 0')).toEqual({ problem: 'the value is NaN' });
    expect(await read('requests_total[1m]')).toEqual({
      problem: 'the query gives a matrix, not a number',
    });
    expect(await read('sum(')).toEqual({
      problem: expect.stringMatching(/^Prometheus says: .*parse error/),
    });
  });
});
