import { parentPort } from 'node:worker_threads';
import { parsePage, pickObject } from './parse-page.ts';

/** A page as bytes, or the next objects of one that was parsed. */
export type PageRequest =
  | { readonly id: number; readonly chunks: readonly Uint8Array[] }
  | { readonly id: number; readonly from: number };

export type PageAnswer =
  | {
      readonly id: number;
      readonly metadata?: unknown;
      /** Some of the objects; or what the page has in place of a list. */
      readonly items: unknown;
      /** Where the next objects begin; undefined after the last. */
      readonly next?: number;
    }
  | { readonly id: number; readonly failed: string }
  | { readonly id: number; readonly tooMany: number };

const comma = 0x2c;
const brace = 0x7b;
const bracket = 0x5b;

/** As many as are received without holding up the receiver. */
const objectsPerAnswer = 250;

/** More than any list has. Each takes memory, and a thread that runs out of it ends the process. */
const maxValues = 10_000_000;

/** A thread that parses the pages of lists, and hands them out in parts when asked. */
const pages = new Map<number, readonly unknown[]>();
parentPort?.on('message', (request: PageRequest) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
  parentPort?.postMessage(tryToAnswer(request));
});

function tryToAnswer(request: PageRequest): PageAnswer {
  const { id } = request;
  try {
    if ('from' in request) return { id, ...takeObjects(id, request.from) };
    const bytes = Buffer.concat(request.chunks);
    if (countValues(bytes) > maxValues) return { id, tooMany: maxValues };
    const { metadata, items } = parsePage(bytes.toString());
    if (!Array.isArray(items)) return { id, metadata, items };
    pages.set(id, items);
    return { id, metadata, ...takeObjects(id, 0) };
  } catch (error) {
    pages.delete(id);
    return { id, failed: error instanceof Error ? error.message.slice(0, 200) : 'unknown' };
  }
}

function takeObjects(id: number, from: number) {
  const all = pages.get(id) ?? [];
  const next = from + objectsPerAnswer;
  const items = all.slice(from, next).map(pickObject);
  if (next < all.length) return { items, next };
  pages.delete(id);
  return { items };
}

/** Returns how many values JSON has at most: commas and brackets in texts count as well. */
function countValues(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === comma || byte === brace || byte === bracket) count += 1;
  return count;
}
