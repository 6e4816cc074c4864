import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { stringify } from 'yaml';
import type { Answer } from './answer.ts';
import type { ApiError } from './status.ts';
import type { Presenter } from './present.ts';

export type PlainAnswer = Exclude<Answer, { kind: 'watch' }>;

/** The headers that every answer of Kubernetes has. */
export function setCommonHeaders(response: ServerResponse): void {
  response.setHeader('audit-id', randomUUID());
  response.setHeader('cache-control', 'no-cache, private');
}

export function sendAnswer(
  response: ServerResponse,
  answer: PlainAnswer,
  form: { presenter: Presenter; format: 'json' | 'yaml' },
): void {
  const { presenter, format } = form;
  switch (answer.kind) {
    case 'text':
      return send(response, answer.code, { type: 'text/plain', text: answer.text });
    case 'document':
      return sendDocument(response, answer.code, answer);
    case 'list':
      return sendDocument(response, 200, {
        document: presenter.list(answer.resource, answer.page),
        format,
      });
    case 'object':
      return sendDocument(response, answer.code, {
        document: presenter.object(answer.resource, answer.object),
        format,
      });
  }
}

/** Answers with the Status of a failure. */
export function sendError(response: ServerResponse, error: ApiError): void {
  const { retryAfterSeconds } = error.details ?? {};
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
  // What is left of a body that is too large is not read.
  if (error.code === 413) response.setHeader('connection', 'close');
  sendDocument(response, error.code, { document: error.toStatus() });
}

function sendDocument(
  response: ServerResponse,
  code: number,
  content: { document: object; format?: 'json' | 'yaml'; contentType?: string },
): void {
  const { document, format = 'json', contentType = `application/${format}` } = content;
  const text = format === 'yaml' ? stringify(document) : `${JSON.stringify(document)}\n`;
  send(response, code, { type: contentType, text });
}

function send(response: ServerResponse, code: number, body: { type: string; text: string }): void {
  const length = Buffer.byteLength(body.text);
  response.writeHead(code, { 'content-type': body.type, 'content-length': length });
  response.end(body.text);
}
