import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { DiabetesModel } from './diabetes-model.ts';
import { ScoringError, score } from './score.ts';
import type { ScoringMode } from './scoring-mode.ts';

const MAX_BODY_BYTES = 1_000_000;

export type ScoringServerOptions = {
  readonly model: DiabetesModel;
  /** The `<name>` in `/api/v1/service/<name>/score`. */
  readonly serviceName: string;
  /** The key that clients send as bearer token. */
  readonly key: string;
  readonly podName: string;
  /** Asked at each request, because the mode changes while the process runs. */
  readonly readMode: () => ScoringMode;
};

/** The scoring service in the shape of Azure ML's inference server; the caller makes it listen. */
export function createScoringServer(options: ScoringServerOptions): Server {
  const server = createServer((request, response) => {
    answer(request, response, options).catch(() => response.destroy());
  });
  return server;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: ScoringServerOptions,
): Promise<void> {
  if (options.readMode().kind === 'stalled') return;
  setCommonHeaders(request, response, options);
  const path = request.url?.split('?')[0];
  if (path === '/') return sendText(response, 200, 'Healthy');
  if (path !== `/api/v1/service/${options.serviceName}/score`) {
    return sendText(response, 404, 'Not found');
  }
  if (request.headers.authorization !== `Bearer ${options.key}`) {
    return sendText(response, 401, 'Unauthorized');
  }
  if (request.method !== 'POST') return sendText(response, 405, 'Method not allowed');
  await answerScore(request, response, options);
}

async function answerScore(
  request: IncomingMessage,
  response: ServerResponse,
  { model, readMode }: ScoringServerOptions,
): Promise<void> {
  const body = await readBody(request);
  if (body === undefined) return sendText(response, 413, 'Request body too large');
  const startedAt = performance.now();
  const mode = readMode();
  if (mode.kind === 'slow') await delay(mode.delayMs);
  const result = run({ model, body, mode });
  response.setHeader('x-ms-run-fn-exec-ms', (performance.now() - startedAt).toFixed(3));
  // False even for an exception: the script catches it and returns its text, so its run function did not fail.
  response.setHeader('x-ms-run-function-failed', 'False');
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(result));
}

/** The scoring script: predictions, or the text of what it caught. */
function run({
  model,
  body,
  mode,
}: {
  model: DiabetesModel;
  body: string;
  mode: ScoringMode;
}): number[] | string {
  try {
    if (mode.kind === 'exception' || (mode.kind === 'flaky' && Math.random() < mode.share)) {
      throw new ScoringError("'NoneType' object has no attribute 'predict'");
    }
    const served =
      mode.kind === 'wrong' ? { ...model, coefficients: model.coefficients.toReversed() } : model;
    return score(served, body);
  } catch (error) {
    if (error instanceof ScoringError) return error.message;
    throw error;
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  return bytes <= MAX_BODY_BYTES ? Buffer.concat(chunks).toString('utf8') : undefined;
}

function setCommonHeaders(
  request: IncomingMessage,
  response: ServerResponse,
  { podName }: ScoringServerOptions,
): void {
  const clientRequestId = request.headers['x-ms-client-request-id'];
  response.setHeader('x-ms-request-id', randomUUID());
  if (clientRequestId) response.setHeader('x-ms-client-request-id', clientRequestId);
  response.setHeader('azureml-served-by-instance', podName);
}

function sendText(response: ServerResponse, statusCode: number, text: string): void {
  response.writeHead(statusCode, { 'content-type': 'text/plain' });
  response.end(text);
}
