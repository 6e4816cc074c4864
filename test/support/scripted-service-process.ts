/** The process of a scripted service: see scripted-service.ts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { createSteadyClock } from '../../src/predictions/steady-clock.ts';
import type {
  Behaviour,
  Downtime,
  LoggedRequest,
  PlainBehaviour,
  ScriptedServiceOptions,
  ScriptPart,
} from './scripted-service.ts';

const {
  answer = '[2]',
  serviceTimeMs = 0,
  seed = 1,
} = JSON.parse(process.argv[2] ?? '{}') as ScriptedServiceOptions;
/** Few, so that the queue can be filled. */
const backlog = 64;

const random = xoroshiro128plus(seed);
const log: { -readonly [Key in keyof LoggedRequest]: LoggedRequest[Key] }[] = [];
const sockets = new Set<Socket>();
const fillers = new Set<number>();
const clock = createSteadyClock();
const now = () => clock.now();
let parts: readonly ScriptPart[] = [];
let timers: NodeJS.Timeout[] = [];
/** The beginnings of parts that are not answered by the server but done to it, and have begun. */
const begun = new Set<number>();
const downtimes: { -readonly [Key in keyof Downtime]: Downtime[Key] }[] = [];
/** A loop that turns later than this stood still. */
const stillMs = 100;
let turnedAt = now();

setInterval(noteTurn, 20).unref();

function noteTurn(): void {
  const turnsAt = now();
  if (turnsAt - turnedAt > stillMs)
    downtimes.push({ kind: 'still', from: turnedAt, until: turnsAt });
  turnedAt = turnsAt;
}

const server = createServer(take);
server.keepAliveTimeout = 0;
server.on('connection', (socket) => {
  if (fillers.has(socket.remotePort ?? 0)) return void socket.destroy();
  sockets.add(socket);
  socket.on('close', () => sockets.delete(socket));
});

function take(request: IncomingMessage, response: ServerResponse): void {
  const arrivedAt = now();
  const chunks: Buffer[] = [];
  const entry = {
    number: log.length,
    arrivedAt,
    behaviour: choose(arrivedAt),
    id: String(request.headers['x-ms-client-request-id'] ?? ''),
    body: '',
  };
  log.push(entry);
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    entry.body = Buffer.concat(chunks).toString();
    respond(entry, response);
  });
}

function choose(at: number): PlainBehaviour {
  const part = parts.findLast(({ from, until }) => from <= at && at < until);
  const behaviour: Behaviour = part?.behaviour ?? 'ok';
  if (behaviour === 'drop-syn' || behaviour === 'refuse') return 'ok';
  if (typeof behaviour !== 'object' || !('mix' in behaviour)) return behaviour;
  let left = uniformFloat64(random);
  const met = behaviour.mix.find(({ share }) => (left -= share) < 0);
  return met?.behaviour ?? 'ok';
}

function respond(entry: (typeof log)[number], response: ServerResponse): void {
  const { behaviour } = entry;
  const end = (status: number, body: string) => {
    entry.endedAt = now();
    response.writeHead(status, {
      'content-type': 'application/json',
      'x-request-number': entry.number,
    });
    response.end(body);
  };
  if (behaviour === 'hang') return;
  if (behaviour === 'reset') {
    entry.endedAt = now();
    response.socket?.resetAndDestroy();
  } else if (behaviour === 'wrong') end(200, '[3]');
  else if (behaviour === 'ok') later(serviceTimeMs, () => end(200, answer));
  else if ('status' in behaviour) end(behaviour.status, '');
  else later(behaviour.slowMs, () => end(200, answer));
}

function later(durationMs: number, act: () => void): void {
  if (durationMs === 0) act();
  else setTimeout(act, durationMs);
}

/** Fills the queue of connections and then stands still, so that nobody takes one from it: the kernel drops every SYN. */
function dropSyns(until: number): void {
  const { port } = server.address() as AddressInfo;
  for (let count = 0; count < backlog + 8; count += 1) {
    const filler = connect({ port, host: '127.0.0.1' });
    filler.on('error', () => undefined);
    filler.on('connect', () => {
      const { localPort = 0 } = filler;
      fillers.add(localPort);
      // It may be the port of a prediction soon.
      filler.on('close', () => fillers.delete(localPort));
    });
    filler.on('end', () => filler.destroy());
    setTimeout(() => filler.destroy(), until - now() + 100);
  }
  // After the connects, which wait for the next tick, and before the loop takes any of them.
  process.nextTick(() => {
    const leftMs = until - now();
    if (leftMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, leftMs);
  });
}

/** Stops to listen, and listens again at the same port. */
async function refuse(until: number): Promise<void> {
  const downtime = { kind: 'refuse' as const, from: now(), until: Infinity };
  downtimes.push(downtime);
  server.close();
  await delay(until - now());
  await listen(await port);
  downtime.until = now();
}

function play(next: readonly ScriptPart[]): void {
  parts = next;
  timers.forEach(clearTimeout);
  timers = next
    .filter(({ behaviour, from }) => isDone(behaviour) && !begun.has(from))
    .map(({ from, until, behaviour }) =>
      setTimeout(
        () => {
          begun.add(from);
          if (behaviour === 'refuse') void refuse(until);
          else dropSyns(until);
        },
        Math.max(0, from - now()),
      ),
    );
}

/** Whether it is done to the server and not by it. */
const isDone = (behaviour: Behaviour) => behaviour === 'drop-syn' || behaviour === 'refuse';

async function listen(at: number): Promise<number> {
  for (;;) {
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen({ port: at, host: '127.0.0.1', backlog }, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    if (error === undefined) return (server.address() as AddressInfo).port;
    // Somebody's connection has that port for a moment.
    await delay(20);
  }
}

const port = listen(0);

async function answerTo(what: string, value: unknown): Promise<unknown> {
  if (what === 'uri') return `http://127.0.0.1:${await port}/score`;
  if (what === 'play') return play(value as readonly ScriptPart[]);
  noteTurn();
  if (what === 'downtimes') return downtimes;
  return what === 'log' ? log : sockets.size;
}

process.on('message', ({ id, what, value }: { id: number; what: string; value: unknown }) => {
  void answerTo(what, value).then((result) => process.send?.({ id, value: result }));
});
process.on('disconnect', () => process.exit());
