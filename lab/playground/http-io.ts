import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';

/** The JSON of a request; `{}` when there is none. */
export async function readBody(request: IncomingMessage): Promise<object> {
  const body: unknown = await json(request).catch(() => undefined);
  return typeof body === 'object' && body !== null ? body : {};
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
