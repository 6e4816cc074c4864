import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export type StrictConnector = {
  readonly serviceUrl: string;
  /** The calls that went past a documented limit. */
  readonly broken: readonly string[];
  /** How many calls there were, and how many failed by chance. */
  counts(): { calls: number; failed: number };
  /** What stands in a conversation, oldest first. */
  cardsIn(conversationId: string): readonly unknown[];
  close(): Promise<void>;
};

/** As Microsoft documents them, for one bot in one thread, and for one app in one tenant. */
const documented = {
  thread: [
    [7, 1_000],
    [8, 2_000],
    [60, 30_000],
    [1_800, 3_600_000],
  ],
  app: [[30, 1_000]],
} as const;
const statuses = [412, 429, 502, 503, 504] as const;

/** A Bot Framework connector that holds the bot to the documented limits, and fails by chance without doing what it was asked. */
export async function startStrictConnector(chance: () => number): Promise<StrictConnector> {
  const arrivals = new Map<string, number[]>();
  const cards = new Map<string, Map<string, unknown>>();
  const broken: string[] = [];
  let calls = 0;
  let failed = 0;

  const count = (key: string, limits: readonly (readonly [number, number])[]) => {
    const times = arrivals.get(key) ?? [];
    const now = performance.now();
    times.push(now);
    arrivals.set(key, times);
    for (const [most, windowMs] of limits) {
      const within = times.filter((at) => now - at < windowMs).length;
      if (within > most) broken.push(`${key}: ${within} in ${windowMs} ms, ${most} are allowed`);
    }
  };
  const refuse = (response: ServerResponse, status: number) => {
    failed += 1;
    const headers = status === 429 ? { 'retry-after': '1' } : {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { code: 'ByChance', message: 'by chance' } }));
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const [, , , conversation = '', kind, given = ''] = (request.url ?? '').split('/');
    calls += 1;
    count('app', documented.app);
    if (kind !== 'activities') {
      response.writeHead(404, { 'content-type': 'application/json' });
      return response.end('{}');
    }
    count(conversation, documented.thread);
    const body = (await json(request).catch(() => ({}))) as {
      attachments?: { content: unknown }[];
    };
    if (chance() < 0.1)
      return refuse(response, statuses[Math.floor(chance() * statuses.length)] ?? 503);
    const id = request.method === 'PUT' ? given : `activity-${calls}`;
    const thread = cards.get(conversation) ?? new Map<string, unknown>();
    thread.set(id, body.attachments?.[0]?.content);
    cards.set(conversation, thread);
    response.writeHead(request.method === 'PUT' ? 200 : 201, {
      'content-type': 'application/json',
    });
    return response.end(JSON.stringify({ id }));
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    serviceUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    broken,
    counts: () => ({ calls, failed }),
    cardsIn: (conversationId) => [
      ...(cards.get(encodeURIComponent(conversationId))?.values() ?? []),
    ],
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
