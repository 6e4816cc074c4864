import type { Response } from 'botbuilder';

/** Keeps what the adapter answers, so that errors are not sent as they are. */
export class HeldAnswer implements Response {
  readonly socket: unknown;
  code = 500;
  body: unknown;

  constructor({ socket }: Response) {
    this.socket = socket;
  }

  status(code: number): void {
    this.code = code;
  }

  send(body: unknown): void {
    this.body = body;
  }

  header(): void {}

  end(): void {}
}

/** Answers a request, with a body or without. */
export function reply(response: Response, status: number, body?: unknown): void {
  response.status(status);
  if (body !== undefined) response.send(body);
  response.end();
}
