import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { diabetesModel } from '../../../lab/scoring/diabetes-model.ts';
import type { ScoringMode } from '../../../lab/scoring/scoring-mode.ts';

const { golden } = diabetesModel;
const SERVER = new URL('../../../lab/scoring/server.ts', import.meta.url);
let child: ChildProcess;
let origin: string;

beforeEach(async () => {
  const port = await findFreePort();
  origin = `http://127.0.0.1:${port}`;
  child = fork(SERVER, {
    execArgv: [],
    env: {
      SCORING_HOST: '127.0.0.1',
      SCORING_PORT: String(port),
      SCORING_SERVICE: 'diabetes',
      SCORING_KEY: 'test-key',
      POD_NAME: 'diabetes-7c9f-abcde',
      MODEL_LOAD_MS: '300',
    },
  });
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('it refuses connections until the model is loaded, then says that it is healthy', async () => {
  await expect(fetch(origin)).rejects.toThrow('fetch failed');
  await waitUntilHealthy();
  expect(await (await fetch(origin)).text()).toBe('Healthy');
});

test('it predicts golden rows, with the headers of Azure ML', async () => {
  await waitUntilHealthy();
  const response = await post({ data: golden.data }, { 'x-ms-client-request-id': 'mine' });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(golden.predictions);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'x-ms-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'x-ms-client-request-id': 'mine',
    'x-ms-run-fn-exec-ms': expect.stringMatching(/^\d+\.\d+$/),
    'x-ms-run-function-failed': 'False',
    'azureml-served-by-instance': 'diabetes-7c9f-abcde',
  });
});

test('it answers 401 without the key and 404 on another service', async () => {
  await waitUntilHealthy();
  expect((await post({ data: [] }, { authorization: 'Bearer other' })).status).toBe(401);
  expect((await fetch(`${origin}/api/v1/service/other/score`)).status).toBe(404);
});

test('bad input gets the text of the exception with status 200', async () => {
  await waitUntilHealthy();
  const narrow = await post({ data: [[1, 2, 3]] });
  expect(narrow.status).toBe(200);
  expect(await narrow.json()).toBe(
    'X has 3 features, but Ridge is expecting 10 features as input.',
  );
  expect(await (await post({ rows: [] })).json()).toBe("'data'");
  expect(await (await post('{')).json()).toMatch(/^The request body is not JSON/);
});

test('modes change at runtime: exception, flaky, wrong, stalled and back', async () => {
  await waitUntilHealthy();
  await setMode({ kind: 'exception' });
  const excepted = await post({ data: golden.data });
  expect([excepted.status, typeof (await excepted.json())]).toEqual([200, 'string']);
  await setMode({ kind: 'flaky', share: 0.5 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, async () => (await post({ data: golden.data })).json()),
  );
  expect(new Set(answers.map((answer) => typeof answer))).toEqual(new Set(['string', 'object']));
  await setMode({ kind: 'wrong' });
  const wrong = await (await post({ data: golden.data })).json();
  expect(wrong).toHaveLength(golden.predictions.length);
  expect(wrong).not.toEqual(golden.predictions);
  await setMode({ kind: 'stalled' });
  await expect(fetch(origin, { signal: AbortSignal.timeout(300) })).rejects.toThrow(/timeout/);
  await setMode({ kind: 'ok' });
  expect(await (await post({ data: golden.data })).json()).toEqual(golden.predictions);
});

test('SIGTERM lets the request in flight end and exits 0', async () => {
  await waitUntilHealthy();
  await setMode({ kind: 'slow', delayMs: 300 });
  const inFlight = post({ data: golden.data });
  await delay(100);
  child.kill('SIGTERM');
  const [[exitCode], response] = await Promise.all([once(child, 'exit'), inFlight]);
  expect(response.status).toBe(200);
  expect(exitCode).toBe(0);
});

test('it ends when its parent is gone', async () => {
  child.disconnect();
  const [exitCode] = await once(child, 'exit');
  expect(exitCode).toBe(1);
});

async function setMode(mode: ScoringMode): Promise<void> {
  child.send({ mode });
  // Messages are not acknowledged; the process reads this one before a request that is sent later.
  await delay(50);
}

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${origin}/api/v1/service/diabetes/score`, {
    method: 'POST',
    headers: { authorization: 'Bearer test-key', 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function waitUntilHealthy(): Promise<void> {
  for (;;) {
    const healthy = await fetch(origin).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await delay(20);
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}
