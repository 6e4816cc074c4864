import type { IncomingMessage } from 'node:http';
import type { Refusal } from './refusal.ts';

/** Headers that decide what a request means: sent twice, two readers could understand two different requests. */
const onceOnly = [
  'authorization',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'origin',
  'transfer-encoding',
] as const;

type Headers = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

/** Returns why a request with a JSON body is refused by its headers alone, before any of the body is read. */
export function findHeaderProblem(
  { headers, headersDistinct }: Headers,
  maxBytes: number,
): Refusal | undefined {
  const repeated = onceOnly.find((name) => (headersDistinct[name]?.length ?? 0) > 1);
  if (repeated) return { status: 400, error: `The header ${repeated} was sent more than once.` };
  if (headers['content-encoding'] !== undefined)
    return { status: 415, error: 'Compressed bodies are not accepted. Send plain JSON.' };
  if (hasBody(headers) && !isJson(headers['content-type']))
    return { status: 415, error: 'Only application/json in UTF-8 is accepted.' };
  return Number(headers['content-length'] ?? 0) > maxBytes ? toTooLarge(maxBytes) : undefined;
}

export function toTooLarge(maxBytes: number): Refusal {
  return { status: 413, error: `The body is larger than ${maxBytes} bytes.` };
}

/** The routes, and no escapes or steps upwards: those would only help to get past the rules of a proxy. */
const plainPath = /^(\/[\w.-]+)*\/?$/;
/** What follows is a name that is looked up and no path; whoever has a mangled link is told so by a page. */
const reportPath = /^\/reports\/[^/\\]*$/;

/** Returns why a request is refused by its first line, or undefined. */
export function findAddressProblem({
  url = '',
  httpVersion,
}: Pick<IncomingMessage, 'url' | 'httpVersion'>): Refusal | undefined {
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return { status: 400, error: 'Only HTTP/1.1 is spoken here.' };
  const [path = ''] = url.split('?');
  const isKnown = (plainPath.test(path) || reportPath.test(path)) && !path.includes('..');
  return isKnown ? undefined : { status: 404, error: 'There is nothing at this address.' };
}

function hasBody(headers: IncomingMessage['headers']): boolean {
  const length = headers['content-length'];
  return (
    headers['content-type'] !== undefined ||
    headers['transfer-encoding'] !== undefined ||
    (length !== undefined && length !== '0')
  );
}

function isJson(contentType = ''): boolean {
  return /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(contentType.trim());
}

/**
 * Returns why a request looks like the work of a web page, or undefined. Browsers add these headers by themselves, and nothing that may post here is a
 * page: not Teams, not an incident tool, not the playground's server.
 */
export function findPageProblem({ headers }: Headers): Refusal | undefined {
  const site = headers['sec-fetch-site'];
  const isPage = headers.origin !== undefined || (site !== undefined && site !== 'none');
  return isPage ? { status: 403, error: 'Web pages may not post here.' } : undefined;
}

/**
 * Returns why a request is refused by the name it was sent to, or undefined for this machine's own names. Without it, a page whose domain resolves to
 * 127.0.0.1 (DNS rebinding) would count as this host.
 */
export function findHostProblem({ headers }: Headers): Refusal | undefined {
  const name = headers.host ?? '';
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i.test(name);
  return isLoopback
    ? undefined
    : { status: 403, error: 'While BOT_AUTH=off, only loopback host names are answered.' };
}
