import { createServer, STATUS_CODES, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { isClosing } from './refuse-request.ts';

export type ConnectionLimits = {
  readonly maxConnections: number;
  /** How long a request's headers may take, ms. */
  readonly headersTimeoutMs: number;
  /** How long a whole request may take to arrive, ms. */
  readonly requestTimeoutMs: number;
  /** How often the two above are enforced, ms. */
  readonly checkIntervalMs: number;
  /** How long a connection may be silent while an answer is sent, ms. */
  readonly silenceTimeoutMs: number;
};

export const connectionLimits: ConnectionLimits = {
  maxConnections: 512,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 20_000,
  checkIntervalMs: 1_000,
  silenceTimeoutMs: 60_000,
};

const maxHeaders = 100;

/**
 * Creates an HTTP server that slow or many clients cannot exhaust. When every connection is taken, the oldest one that has no request in progress makes
 * room, so that a client that opens connections and sends nothing keeps nobody out.
 */
export function createBoundedServer(answer: RequestListener, limits: ConnectionLimits): Server {
  const answerOpen: RequestListener = (request, response) => {
    // The connection ends with the answer that was given: what was sent after it is not read.
    if (!isClosing(request)) answer(request, response);
  };
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
      requireHostHeader: true,
    },
    answerOpen,
  );
  server.maxHeadersCount = maxHeaders;
  server.timeout = limits.silenceTimeoutMs;
  // The reader of the body decides whether the client may send it.
  server.on('checkContinue', answerOpen);
  server.on('clientError', answerClientError);
  boundConnections(server, limits.maxConnections);
  return server;
}

function boundConnections(server: Server, maxConnections: number): void {
  const waiting = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    waiting.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      open -= 1;
      waiting.delete(socket);
    });
    if (open > maxConnections) waiting.values().next().value?.destroy();
  });
  const begin = ({ socket }: { socket: Socket }, response: NodeJS.EventEmitter) => {
    waiting.delete(socket);
    response.on('close', () => {
      if (!socket.destroyed) waiting.add(socket);
    });
  };
  server.prependListener('request', begin);
  server.prependListener('checkContinue', begin);
}

const statuses: ReadonlyMap<string, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** Answers what is not HTTP, or did not arrive in time, and closes the connection. */
function answerClientError(error: NodeJS.ErrnoException, socket: NodeJS.WritableStream): void {
  const { writable } = socket;
  if (error.code === 'ECONNRESET' || !writable) return void (socket as Socket).destroy();
  const status = statuses.get(error.code ?? '') ?? 400;
  const reason = STATUS_CODES[status] ?? 'Bad Request';
  const body = JSON.stringify({ error: reason });
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

/** How long requests in progress may still be answered, ms. */
const closeLimitMs = 3_000;

/** Takes no more connections, and ends those that there are as soon as they are answered, or soon in any case. */
export function closeServer(server: Server): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), closeLimitMs);
  return new Promise((resolve) =>
    server.close(() => {
      clearTimeout(timer);
      resolve();
    }),
  );
}
