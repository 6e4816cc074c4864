import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import { isRecord, toText, type Fields } from './record.ts';
import { requireContentType } from './media-types.ts';
import { decodeObject } from './protobuf.ts';
import { messages } from './protobuf-messages.ts';
import { badRequest, bodyTooLarge, unsupportedMediaType } from './status.ts';

/** As kube-apiserver bounds them. */
const bodyLimitBytes = 3 * 1024 * 1024;
const objectTypes = ['application/json', 'application/yaml'];
const protobufType = 'application/vnd.kubernetes.protobuf';

/** One HTTP request, read as far as routing needs it. */
export type ApiRequest = {
  readonly method: string;
  /** Decoded, without empty segments: `['api', 'v1', 'pods']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  /** The body as text; empty when there is none. Throws RequestEntityTooLarge. */
  readonly readBody: () => Promise<string>;
  /** The body as it came, for what is not text. */
  readonly readBytes: () => Promise<Buffer>;
};

export function toApiRequest(message: IncomingMessage): ApiRequest {
  const url = parseUrl(message.url ?? '/');
  return {
    method: message.method === 'HEAD' ? 'GET' : (message.method ?? 'GET'),
    path: url.pathname.split('/').filter(Boolean).map(decodeSegment),
    query: url.searchParams,
    accept: message.headers.accept,
    contentType: message.headers['content-type'],
    readBody: async () => (await readBounded(message)).toString('utf8'),
    readBytes: () => readBounded(message),
  };
}

/** The object in the body, from JSON, YAML or, for some kinds, protobuf; undefined when there is no body. Throws 400, 413, 415. */
export async function readObject(
  request: ApiRequest,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (request.contentType?.startsWith(protobufType)) return readProtobuf(request);
  const text = await request.readBody();
  if (text.trim() === '') return undefined;
  const type = requireContentType(request.contentType, objectTypes);
  const value = parseText(text, type);
  if (!isRecord(value)) {
    throw badRequest("couldn't get version/kind; json parse error: the body is not an object");
  }
  return value;
}

async function readProtobuf(request: ApiRequest): Promise<Fields> {
  const object = decodeObject(await request.readBytes(), messages);
  if (!object) throw unsupportedMediaType(objectTypes);
  return object;
}

/** Whether the client only wants to know what would happen. Throws BadRequest for any other wish. */
export function isDryRun({ query }: ApiRequest, fromBody?: unknown): boolean {
  const wishes = [...query.getAll('dryRun'), ...(Array.isArray(fromBody) ? fromBody : [])];
  const unknown = wishes.find((wish) => wish !== 'All' && wish !== '');
  if (unknown !== undefined) throw badRequest(`dryRun: Unsupported value: "${toText(unknown)}"`);
  return wishes.includes('All');
}

function parseText(text: string, type: string): unknown {
  try {
    return type === 'application/yaml' ? parse(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`the object provided is unrecognized: ${(error as Error).message}`);
  }
}

function parseUrl(text: string): URL {
  try {
    return new URL(text, 'https://kubernetes.default.svc');
  } catch {
    throw badRequest('the path of the request cannot be read');
  }
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw badRequest(`invalid URL escape in "${segment}"`);
  }
}

async function readBounded(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > bodyLimitBytes) throw bodyTooLarge(bodyLimitBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
