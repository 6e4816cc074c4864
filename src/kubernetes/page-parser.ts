import { Worker } from 'node:worker_threads';
import { toTooManyError } from './answer-bytes.ts';
import type { PageAnswer, PageRequest } from './page-worker.ts';
import { parsePage, pickObject, type RawPage } from './parse-page.ts';

export type PageParser = {
  /** Parses a page of a list; of its objects only the fields that are read are kept. Rejects when it is no JSON object. */
  parse(chunks: readonly Uint8Array[]): Promise<RawPage>;
};

/** Larger pages are parsed in a thread of their own, bytes: they would hold up everything else here, above all a stop. */
const longestParsedHere = 256 * 1_024;
/** Room for the largest page, so that the thread does not run out of memory, which would end the process. */
const threadMegabytes = 4_096;

type Answered = Exclude<PageAnswer, { failed: string } | { tooMany: number }>;

type Waiting = {
  readonly resolve: (answer: Answered) => void;
  readonly reject: (error: Error) => void;
};

/** Creates a parser with a thread that starts with the first large page, and keeps no process alive while it has nothing to do. */
export function createPageParser(): PageParser {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let count = 0;

  const start = () => {
    const started = new Worker(new URL('page-worker.ts', import.meta.url), {
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: threadMegabytes },
    });
    const fail = (error: Error) => {
      if (worker !== started) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    started.on('message', (answer: PageAnswer) => {
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.unref();
      if ('failed' in answer) asked?.reject(new Error(answer.failed));
      else if ('tooMany' in answer) asked?.reject(toTooManyError(answer.tooMany));
      else asked?.resolve(answer);
    });
    started.on('error', fail);
    started.on('exit', () => fail(new Error('The thread that parses lists has ended.')));
    return started;
  };
  const ask = (request: PageRequest, moved: ArrayBufferLike[] = []) =>
    new Promise<Answered>((resolve, reject) => {
      waiting.set(request.id, { resolve, reject });
      worker ??= start();
      worker.ref();
      worker.postMessage(request, moved as ArrayBuffer[]);
    });
  const parseElsewhere = async (chunks: readonly Uint8Array[]): Promise<RawPage> => {
    count += 1;
    const id = count;
    const own = chunks.map(toOwnBytes);
    const { metadata, ...first } = await ask(
      { id, chunks: own },
      own.map(({ buffer }) => buffer),
    );
    if (!Array.isArray(first.items)) return { metadata, items: first.items };
    const items: unknown[] = first.items;
    // One part for each turn of the loop.
    for (let { next } = first; next !== undefined;) {
      const part = await ask({ id, from: next });
      items.push(...(part.items as unknown[]));
      next = part.next;
    }
    return { metadata, items };
  };
  return {
    parse: async (chunks) =>
      chunks.reduce((sum, { length }) => sum + length, 0) > longestParsedHere
        ? parseElsewhere(chunks)
        : parseHere(chunks),
  };
}

function parseHere(chunks: readonly Uint8Array[]): RawPage {
  const { metadata, items } = parsePage(Buffer.concat(chunks).toString());
  return { metadata, items: Array.isArray(items) ? items.map(pickObject) : items };
}

/** Bytes that share their memory with nothing, so that it can be moved to another thread. */
function toOwnBytes(chunk: Uint8Array): Uint8Array {
  return chunk.byteLength === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk);
}
