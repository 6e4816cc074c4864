import type { IncomingMessage, ServerResponse } from 'node:http';
import { findHeaderProblem, findPageProblem, toTooLarge } from './check-headers.ts';
import { findJsonProblem } from './find-json-problem.ts';
import type { Refusal } from './refusal.ts';

/** The parsed body, undefined where none was sent; or why it is refused. */
type JsonBody =
  | { readonly kind: 'read'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The connection ended before the body did: nobody waits for an answer. */
  | { readonly kind: 'aborted' };

export type BodyRules = {
  readonly maxBytes: number;
  /** Why a request is refused by its headers, once they describe a body that could be read. */
  readonly refuseEarly?: ((request: IncomingMessage) => Refusal | undefined) | undefined;
};

/**
 * Reads a JSON body that is small enough. Nothing is read before the headers were checked, nothing is parsed before its size is known, and reading stops
 * where the limit is passed.
 */
export async function readJsonBody(
  request: IncomingMessage,
  response: ServerResponse,
  { maxBytes, refuseEarly }: BodyRules,
): Promise<JsonBody> {
  const refusal =
    findHeaderProblem(request, maxBytes) ?? findPageProblem(request) ?? refuseEarly?.(request);
  if (refusal) return { kind: 'refused', refusal };
  if (request.headers.expect !== undefined) response.writeContinue();
  const bytes = await readBytes(request, maxBytes);
  if (bytes === 'aborted') return { kind: 'aborted' };
  return bytes === 'too-large' ? refuse(toTooLarge(maxBytes)) : parse(bytes);
}

function readBytes(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'too-large' | 'aborted'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) return void chunks.push(chunk);
      chunks.length = 0;
      resolve('too-large');
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', () => resolve('aborted'));
    request.on('close', () => resolve('aborted'));
  });
}

function parse(bytes: Buffer): JsonBody {
  if (bytes.length === 0) return { kind: 'read', value: undefined };
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refuse({ status: 400, error: 'The body is not JSON in UTF-8.' });
  }
  const error = findJsonProblem(value);
  return error === undefined ? { kind: 'read', value } : refuse({ status: 400, error });
}

function refuse(refusal: Refusal): JsonBody {
  return { kind: 'refused', refusal };
}
