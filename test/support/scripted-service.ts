import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FailureKind } from '../../src/domain/measurement.ts';

/** What a scripted service does with a request that arrives while it is in force. */
export type Behaviour =
  | 'ok'
  /** Never answers. */
  | 'hang'
  /** Breaks the connection. */
  | 'reset'
  /** Answers with another number. */
  | 'wrong'
  /** Takes no connection and answers nothing: SYNs are dropped, as where a node is dead. Needs an end. */
  | 'drop-syn'
  /** Does not listen: connections are refused, as where no pod is left. Needs an end. */
  | 'refuse'
  | { readonly status: number }
  /** Answers right, after so long. */
  | { readonly slowMs: number }
  /** Each request meets the one that the random number in [0, 1) of its turn picks: the first whose share covers it. */
  | { readonly mix: readonly { readonly share: number; readonly behaviour: PlainBehaviour }[] };
export type PlainBehaviour = Exclude<Behaviour, 'drop-syn' | 'refuse' | { readonly mix: unknown }>;

/** Times are ms since the epoch. Outside of all parts the service behaves well. */
export type ScriptPart = {
  readonly from: number;
  readonly until: number;
  readonly behaviour: Behaviour;
};

/** One request as the service saw it. Times are ms since the epoch. */
export type LoggedRequest = {
  /** The place in the log; answers tell it in `x-request-number`. */
  readonly number: number;
  /** When its headers had arrived. */
  readonly arrivedAt: number;
  /** When the answer was written or the connection broken; absent when neither has happened. */
  readonly endedAt?: number;
  readonly behaviour: PlainBehaviour;
  /** `x-ms-client-request-id`, and the body as it came. */
  readonly id: string;
  readonly body: string;
};

/** A span in which the service could not answer, as it noticed itself. Times are ms since the epoch. */
export type Downtime = {
  /** `still`: its event loop stood still, by script or because the machine had no time for it. */
  readonly kind: 'refuse' | 'still';
  readonly from: number;
  readonly until: number;
};

export type ScriptedService = {
  readonly uri: string;
  readonly pid: number;
  /** Replaces the script. Parts may begin in the past; one that has begun goes on to its end. */
  play(parts: readonly ScriptPart[]): Promise<void>;
  /** When it did not listen or stood still. */
  downtimes(): Promise<readonly Downtime[]>;
  /** Everything that has arrived so far, in the order of arrival. */
  log(): Promise<readonly LoggedRequest[]>;
  /** How many connections are open. */
  countConnections(): Promise<number>;
  stop(): Promise<void>;
};

export type ScriptedServiceOptions = {
  /** The right answer. */
  readonly answer?: string;
  /** How long a right answer takes. */
  readonly serviceTimeMs?: number;
  /** Decides what a mix does. */
  readonly seed?: number;
};

export type ServiceAnswer = { readonly id: number; readonly value: unknown };

/** Starts a scoring service in a process of its own that behaves as scripted and logs every request. */
export async function startScriptedService(
  options: ScriptedServiceOptions = {},
): Promise<ScriptedService> {
  const path = fileURLToPath(new URL('scripted-service-process.ts', import.meta.url));
  const child = fork(path, [JSON.stringify(options)], { execArgv: [], serialization: 'advanced' });
  const ask = createAsk(child);
  const uri = (await ask('uri')) as string;
  return {
    uri,
    pid: child.pid ?? 0,
    play: async (parts) => void (await ask('play', parts)),
    downtimes: async () => (await ask('downtimes')) as readonly Downtime[],
    log: async () => (await ask('log')) as readonly LoggedRequest[],
    countConnections: async () => (await ask('countConnections')) as number,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Returns what asks a child process by messages; answers may come in any order. */
export function createAsk(child: ChildProcess) {
  const waiting = new Map<number, (value: unknown) => void>();
  let asked = 0;
  child.on('message', ({ id, value }: ServiceAnswer) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  return (what: string, value?: unknown) =>
    new Promise<unknown>((resolve) => {
      asked += 1;
      waiting.set(asked, resolve);
      child.send({ id: asked, what, value });
    });
}

/** What a prediction with this time-out must be called whose request the service logged so. */
export function tellOutcome(
  { behaviour }: Pick<LoggedRequest, 'behaviour'>,
  timeoutMs: number,
): 'good' | FailureKind {
  if (typeof behaviour !== 'object') return outcomes[behaviour];
  if ('slowMs' in behaviour) return behaviour.slowMs > timeoutMs ? 'timeout' : 'good';
  if (behaviour.status === 429 || behaviour.status === 503) return 'overloaded';
  return behaviour.status >= 500 ? 'server-error' : 'client-error';
}

const outcomes = { ok: 'good', hang: 'timeout', reset: 'reset', wrong: 'drifted' } as const;
