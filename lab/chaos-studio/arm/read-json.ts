import type { IncomingMessage } from 'node:http';
import { ArmError, badRequest } from './arm-error.ts';

const mostBytes = 4_000_000;

/** The JSON in the body of a request; undefined when the body is empty. Rejects with a 4xx for anything that is no JSON. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  if (text === '') return undefined;
  const type = request.headers['content-type'];
  if (!type?.toLowerCase().startsWith('application/json')) {
    throw new ArmError(
      415,
      'UnsupportedMediaType',
      `The content media type '${type ?? 'null'}' is not supported. Only 'application/json' is supported.`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw badRequest(
      `The request content was invalid and could not be deserialized: '${(error as Error).message}'.`,
      'InvalidRequestContent',
    );
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBytes) {
      throw new ArmError(413, 'RequestContentTooLarge', 'The request content is too large.');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
