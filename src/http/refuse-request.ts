import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Refusal } from './refusal.ts';

/** How much of a body that nobody reads is still taken, so that its sender gets to read the answer instead of a broken connection. */
const maxDrainedBytes = 1_000_000;
const maxDrainMs = 1_000;

const closing = new WeakSet<Socket>();

/** Whether the connection of a request ends with an answer that was given already. */
export function isClosing({ socket }: IncomingMessage): boolean {
  return closing.has(socket);
}

/** Answers a request whose body is not read, and ends the connection. */
export async function refuseRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { status, error }: Refusal,
): Promise<void> {
  closing.add(request.socket);
  const body = JSON.stringify({ error });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  });
  if (request.method !== 'HEAD') response.write(body);
  await drain(request);
  response.end();
}

function drain(request: IncomingMessage): Promise<void> {
  if (request.readableEnded || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, maxDrainMs);
    const finish = () => {
      clearTimeout(timer);
      resolve();
    };
    let drained = 0;
    request.on('data', (chunk: Buffer) => {
      drained += chunk.length;
      if (drained > maxDrainedBytes) finish();
    });
    request.on('end', finish);
    request.on('error', finish);
    request.on('close', finish);
  });
}
