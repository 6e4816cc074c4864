import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import type { FailureKind } from '../../src/domain/measurement.ts';

/** What a scoring server does for a while. A stall holds every answer until it is over; exceptions and wrong answers have status 200. */
export type ScriptedMode = 'right' | 'stall' | 'refuse' | 'reset' | 'wrong' | 'exception';

export type ScriptPart = { readonly mode: ScriptedMode; readonly durationMs: number };

/** Answers of the right kind take so long. */
export const serviceTimeMs = 5;

const outages: readonly ScriptedMode[] = ['stall', 'refuse', 'reset', 'wrong', 'exception'];

/** Each kind of outage once, in an order, for times and with gaps that the seed says. It begins and ends well. */
export function createScript(seed: number, outageMs: number): readonly ScriptPart[] {
  const random = xoroshiro128plus(seed);
  const draw = (least: number, most: number) => uniformInt(random, least, most);
  const left = [...outages];
  const parts: ScriptPart[] = [];
  while (left.length > 0) {
    const [mode = 'right'] = left.splice(draw(0, left.length - 1), 1);
    const gapMs = draw(outageMs, 2 * outageMs);
    parts.push({ mode: 'right', durationMs: gapMs });
    parts.push({ mode, durationMs: draw(Math.ceil(outageMs / 2), outageMs) });
  }
  return [...parts, { mode: 'right', durationMs: 2 * outageMs }];
}

export const lengthOf = (script: readonly ScriptPart[]): number =>
  script.reduce((sum, { durationMs }) => sum + durationMs, 0);

export type ScriptedServer = {
  readonly uri: string;
  /** Begins the script; resolves when it is over. */
  play(script: readonly ScriptPart[]): Promise<void>;
  close(): void;
};

/** A scoring server that answers `[2]`, and as the script says while one is played. Refusing, its port is closed. */
export async function serveScript(): Promise<ScriptedServer> {
  let mode: ScriptedMode = 'right';
  let held: (() => void)[] = [];
  const sockets = new Set<Socket>();
  const answer = (response: ServerResponse) => {
    if (mode === 'stall') return void held.push(() => answer(response));
    const body = { wrong: '[3]', exception: '"no attribute predict"' }[mode as string] ?? '[2]';
    response.setHeader('content-type', 'application/json');
    setTimeout(() => response.end(body), serviceTimeMs);
  };
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  server.on('connection', (socket) => {
    if (mode === 'reset') return void socket.resetAndDestroy();
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  /** Connections that were kept end with the pod, as they do in life. */
  const endConnections = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const enter = (next: ScriptedMode) => {
    const before = mode;
    mode = next;
    for (const answerNow of held.splice(0)) answerNow();
    if (next === 'refuse') server.close();
    if (next === 'refuse' || next === 'reset') endConnections();
    if (before === 'refuse') void listen(port);
  };
  return {
    uri: `http://127.0.0.1:${port}/score`,
    async play(script) {
      const startedAt = performance.now();
      let at = 0;
      for (const part of script) {
        enter(part.mode);
        at += part.durationMs;
        await until(startedAt + at);
      }
      enter('right');
    },
    close() {
      held = [];
      server.close();
      endConnections();
    },
  };
}

const until = (at: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, at - performance.now()));

/** What became of a prediction that was due then, by the script alone. */
export type Truth = { readonly outcome: 'good' | FailureKind; readonly latencyMs: number };

const outcomeOf = {
  right: 'good',
  refuse: 'refused',
  reset: 'reset',
  wrong: 'drifted',
  exception: 'malformed',
} as const;

/** The truth of a prediction due `dueMs` after the script began: a stall's is answered at its end, or given up after the time-out. */
function tellTruth(
  script: readonly ScriptPart[],
  { dueMs, timeoutMs }: { dueMs: number; timeoutMs: number },
): Truth {
  let endMs = 0;
  for (const { mode, durationMs } of script) {
    endMs += durationMs;
    if (dueMs >= endMs) continue;
    if (mode !== 'stall') return { outcome: outcomeOf[mode], latencyMs: serviceTimeMs };
    const latencyMs = endMs - dueMs + serviceTimeMs;
    return latencyMs <= timeoutMs
      ? { outcome: 'good', latencyMs }
      : { outcome: 'timeout', latencyMs: timeoutMs };
  }
  return { outcome: 'good', latencyMs: serviceTimeMs };
}

/** The truth of predictions sent evenly over the whole script. */
export function tellTruths(
  script: readonly ScriptPart[],
  { ratePerSecond, timeoutMs }: { ratePerSecond: number; timeoutMs: number },
): readonly Truth[] {
  const count = Math.floor((lengthOf(script) * ratePerSecond) / 1_000);
  return Array.from({ length: count }, (_, index) =>
    tellTruth(script, { dueMs: (index * 1_000) / ratePerSecond, timeoutMs }),
  );
}

/** The p99 of the good ones, by nearest rank. */
export function readTrueP99(truths: readonly Truth[]): number {
  const good = truths.filter(({ outcome }) => outcome === 'good');
  const sorted = good.map(({ latencyMs }) => latencyMs).toSorted((left, right) => left - right);
  return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? NaN;
}
