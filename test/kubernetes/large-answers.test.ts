import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { KubeConfig, V1Pod } from '@kubernetes/client-node';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readLines } from '../../src/kubernetes/answer-bytes.ts';
import { createClusterClient } from '../../src/kubernetes/cluster-client.ts';
import { toClusterError } from '../../src/kubernetes/cluster-error.ts';
import { followObjects, type Following } from '../../src/kubernetes/follow-objects.ts';
import { createPageParser } from '../../src/kubernetes/page-parser.ts';
import { listAll } from '../../src/kubernetes/source.ts';
import { trimPod, type TrimmedPod } from '../../src/kubernetes/trimmed-pod.ts';
import { sampleProposal } from '../support/proposal.ts';
import { toKubeConfig } from '../support/kube-config.ts';

const { service } = sampleProposal();
const maxBytes = 2 * 1_024 * 1_024;
const maxLineBytes = 10_000;
const annotations = { 'mesh.example/settings': 'x'.repeat(1_000) };

/** A pod that is not ready, with more in it than is read. */
const toPod = (index: number) => ({
  metadata: {
    name: `diabetes-${index}`,
    uid: `uid-${index}`,
    namespace: 'default',
    resourceVersion: `${index + 1}`,
    labels: { app: 'diabetes' },
    annotations,
    ownerReferences: [{ kind: 'ReplicaSet', name: 'diabetes', uid: 'set', controller: true }],
  },
  spec: { nodeName: 'node-0', containers: [{ name: 'score', env: [], readinessProbe: {} }] },
  status: {
    phase: 'Running',
    conditions: [
      { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
      { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' },
    ],
    containerStatuses: [
      {
        name: 'score',
        ready: false,
        restartCount: 2,
        image: 'score:1',
        imageID: 'sha256:1',
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'x'.repeat(100) } },
        lastState: {
          terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt: '2026-11-25T12:00:00Z' },
        },
      },
    ],
  },
});
const toList = (pods: number) => ({
  metadata: { resourceVersion: '7' },
  items: Array.from({ length: pods }, (_, index) => toPod(index)),
});

let server: Server;
let answer: (response: ServerResponse) => void;
let watches: ServerResponse[];
let config: KubeConfig;
let following: Following | undefined;
beforeEach(async () => {
  watches = [];
  answer = (response) => void response.end(JSON.stringify(toList(1)));
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (!request.url?.includes('watch=true')) return answer(response);
    response.flushHeaders();
    watches.push(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  config = toKubeConfig(server);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await following?.close();
  server.closeAllConnections();
  server.close();
});

const createClient = () =>
  createClusterClient(config, { timeoutMs: 60_000, maxBytes, maxLineBytes });
const listPods = () => listAll<V1Pod, TrimmedPod>(createClient().pods(service), trimPod);

describe('a page of a list', () => {
  test.each([
    ['small', 3],
    ['large', 600],
  ])('that is %s gives what is read of its objects', async (_size, pods) => {
    const list = toList(pods);
    answer = (response) => void response.end(JSON.stringify(list));
    const { items, resourceVersion } = await listPods();
    expect(items).toEqual(list.items.map((pod) => trimPod(pod as unknown as V1Pod)));
    expect(resourceVersion).toBe('7');
  });

  test('that is large is parsed in another thread, and other work gets a turn', async () => {
    const text = JSON.stringify(toList(600));
    answer = (response) => void response.end(text);
    const parse = jest.spyOn(JSON, 'parse');
    let turns = 0;
    const count = setInterval(() => (turns += 1), 0);
    await listPods();
    clearInterval(count);
    const longest = Math.max(0, ...parse.mock.calls.map(([parsed]) => parsed.length));
    expect(longest).toBeLessThan(text.length / 2);
    expect(turns).toBeGreaterThan(1);
  });

  test('brings no annotations with it', async () => {
    answer = (response) => void response.end(JSON.stringify(toList(600)));
    const { items } = await listAll<V1Pod, V1Pod>(createClient().pods(service), (pod) => pod);
    expect(items).toHaveLength(600);
    expect(JSON.stringify(items)).not.toContain('mesh.example');
  });

  test.each([
    ['as it is', (text: string) => text, {}],
    ['compressed', (text: string) => gzipSync(text), { 'content-encoding': 'gzip' }],
  ])('that is too large is not read to its end, sent %s', async (_how, encode, headers) => {
    const body = encode(JSON.stringify({ items: [], padding: ' '.repeat(2 * maxBytes) }));
    answer = (response) => {
      response.writeHead(200, headers);
      response.write(body);
    };
    // The answer never ends: only its size can be what is refused.
    const error = await listPods().catch((thrown: unknown) => toClusterError(thrown, 'pods'));
    expect(error).toMatchObject({
      code: 'cluster-answer-too-large',
      message: 'The Kubernetes API sent a page of a list of more than 2 MB.',
    });
  });

  test('that is large and no JSON is refused, and the next one is read', async () => {
    const parser = createPageParser();
    const large = Buffer.from(`<html>${'x'.repeat(300_000)}`);
    await expect(parser.parse([large])).rejects.toThrow('JSON');
    const list = Buffer.from(JSON.stringify(toList(300)));
    expect(await parser.parse([list])).toMatchObject({ metadata: { resourceVersion: '7' } });
  });

  test('that is large and no list is refused as a small one is', async () => {
    answer = (response) => void response.end(JSON.stringify({ items: 5, x: 'x'.repeat(300_000) }));
    await expect(listPods()).rejects.toThrow(TypeError);
  });

  test('with more values than fit into memory is not parsed', async () => {
    const parser = createPageParser();
    const many = Buffer.alloc(12_000_000, ',');
    await expect(parser.parse([many])).rejects.toMatchObject({ code: 'cluster-answer-too-large' });
    const list = Buffer.from(JSON.stringify(toList(300)));
    expect(await parser.parse([list])).toMatchObject({ metadata: { resourceVersion: '7' } });
  });
});

describe('a line of a watch', () => {
  const warnings: unknown[] = [];
  function follow(observed: string[]): void {
    following = followObjects<V1Pod, TrimmedPod>({
      what: 'pods',
      client: () => Promise.resolve(createClient()),
      source: (client) => client.pods(service),
      trim: trimPod,
      into: {
        observe: ({ name }) => void observed.push(name),
        remove: () => undefined,
        replace: () => undefined,
      },
      freshWithinMs: 10_000,
      clock: Date,
      log: {
        info: () => undefined,
        warn: (fields: unknown) => void warnings.push(fields),
        error: () => undefined,
      },
    });
  }

  test('that is too long ends the watch, which is opened again', async () => {
    const observed: string[] = [];
    follow(observed);
    while (!watches[0]) await delay(10);
    watches[0].write('x'.repeat(maxLineBytes + 1));
    while (!watches[1]) await delay(10);
    expect(warnings).toEqual([
      expect.objectContaining({
        error: expect.objectContaining({ code: 'cluster-answer-too-large' }),
      }),
    ]);
    watches[1].write(`${JSON.stringify({ type: 'ADDED', object: toPod(8) })}\n`);
    while (!observed.includes('diabetes-8')) await delay(10);
  });

  test.each([1, 7, 100])('is read from parts of %i bytes', async (size) => {
    const lines = ['{"type":"ADDED"}', '', 'schön ☂', 'x'.repeat(50_000), 'no newline at the end'];
    const bytes = Buffer.from(lines.join('\n'));
    const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    const read: string[] = [];
    for await (const line of readLines(ReadableStream.from(parts), 50_000)) read.push(line);
    expect(read).toEqual(lines);
  });
});
