import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { ObjectStore } from './object-store.ts';
import type { Presenter } from './present.ts';
import { expired } from './status.ts';
import { firstEvents, toBookmark, toWatchEvent, type WatchEvent } from './watch-events.ts';

type Watch = Extract<Answer, { kind: 'watch' }>;

/** A client that reads this much slower than things happen is cut off, and has to list again. */
const backlogLimitBytes = 8 * 1024 * 1024;
const lastBookmarkBeforeEndMs = 2_000;

export type WatchStream = {
  /** Ends the watch as a server does that shuts down. */
  end(): void;
  /** Ends it with the ERROR event that makes the client list again. */
  expire(): void;
};

/**
 * Writes the events of a watch, one JSON document a line, until it times out or the client leaves.
 * Throws Expired before anything is written, when the version asked for is compacted away.
 */
export function startWatchStream(
  store: ObjectStore,
  watch: Watch,
  io: {
    response: ServerResponse;
    presenter: Presenter;
    bookmarkIntervalMs: number;
    onEnd: () => void;
  },
): WatchStream {
  const { resource, selection, request } = watch;
  const { response, presenter } = io;
  const first = firstEvents(store, resource, watch);
  response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
  response.flushHeaders();
  const writeLine = (document: object) => {
    if (response.destroyed || response.writableEnded) return;
    response.write(`${JSON.stringify(document)}\n`);
    if (response.writableLength > backlogLimitBytes) response.destroy();
  };
  const send = (event: WatchEvent) => writeLine(presenter.event(resource, event));
  const sendBookmark = () => send(toBookmark(resource, store.resourceVersion));
  for (const event of first) send(event);
  const unsubscribe = store.subscribe(resource, (event) => {
    const seen = toWatchEvent(event, selection);
    if (seen) send(seen);
  });
  const timers = request.bookmarks ? scheduleBookmarks(sendBookmark, io, request.timeoutMs) : [];
  const stop = () => {
    unsubscribe();
    for (const timer of timers) clearTimeout(timer);
  };
  // Nothing may be written any more, though the connection takes a moment to close.
  const end = () => {
    stop();
    response.end();
  };
  timers.push(setTimeout(end, request.timeoutMs));
  response.once('close', () => {
    stop();
    io.onEnd();
  });
  const expire = () => {
    const since = request.since ?? 0;
    const message = `too old resource version: ${since} (${store.resourceVersion})`;
    writeLine({ type: 'ERROR', object: expired(message).toStatus() });
    end();
  };
  return { end, expire };
}

// The last one comes shortly before the end, so that the client can go on from there.
function scheduleBookmarks(
  send: () => void,
  { bookmarkIntervalMs }: { bookmarkIntervalMs: number },
  timeoutMs: number,
): NodeJS.Timeout[] {
  const beforeEndMs = Math.max(0, timeoutMs - lastBookmarkBeforeEndMs);
  return [setInterval(send, bookmarkIntervalMs), setTimeout(send, beforeEndMs)];
}
