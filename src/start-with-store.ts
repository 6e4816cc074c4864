import { toChaosError, type ChaosError } from './domain/chaos-error.ts';
import type { Clock } from './runs/ports/clock.ts';
import type { Log } from './runs/ports/log.ts';
import type { LateStore } from './store/late-store.ts';
import type { Store } from './store/open-store.ts';
import { settleWithin } from './time/settle-within.ts';

export type StoreStart = {
  /** Opens the database; calling it again after it rejected tries again. */
  readonly open: () => Promise<Store>;
  readonly store: LateStore;
  /** What needs the store, in this order. Each is done again only when it rejected. */
  readonly steps: readonly (() => Promise<void>)[];
  /** Says what is wrong with the database and what to do; undefined when trying again can't help. */
  readonly explain: (error: unknown) => StoreProblem | undefined;
  /** How long the first attempt is waited for, ms; as long as it takes when absent. */
  readonly patienceMs?: number;
  readonly clock: Clock;
  readonly log: Log;
};

/** What keeps the database from being used: for the operator's log, and for whoever checks the bot. */
export type StoreProblem = { readonly logged: string; readonly shown: ChaosError };

export type StoreStarting = {
  /** Does this as well when all steps are done, and tries again like them. Resolves after the first try, and at once while the database is away. */
  proceed(step: () => Promise<void>): Promise<void>;
  /** Tries no more. Resolves when no attempt goes on any longer. */
  end(): Promise<void>;
};

const shortestWaitMs = 500;
const longestWaitMs = 5_000;

/**
 * Opens the store and starts what needs it. Resolves when that is done, or when the first attempt failed because the database is away: then it goes on
 * trying until it succeeds. Rejects when the first attempt failed for another reason.
 */
export async function startWithStore(start: StoreStart): Promise<StoreStarting> {
  const ending = new AbortController();
  const steps = [...start.steps];
  const attempt = createAttempt({ ...start, steps }, ending.signal);
  const first = attempt();
  const { patienceMs } = start;
  const outcome = await (patienceMs === undefined ? first : settleWithin(patienceMs, first));
  if (typeof outcome === 'object') throw outcome.fatal;
  let trying = outcome === 'started' ? Promise.resolve() : keepTrying(first, attempt);
  return {
    async proceed(step) {
      steps.push(step);
      const next = trying.then(attempt);
      trying = keepTrying(next, attempt);
      if (outcome === 'started') await next;
    },
    async end() {
      ending.abort();
      await trying;
    },
  };

  async function keepTrying(last: Promise<Outcome>, again: () => Promise<Outcome>): Promise<void> {
    const { signal } = ending;
    let latest = await last;
    for (let waitMs = shortestWaitMs; latest !== 'started' && !signal.aborted;) {
      await start.clock.sleep(waitMs, signal);
      waitMs = Math.min(2 * waitMs, longestWaitMs);
      if (!signal.aborted) latest = await again();
    }
  }
}

/** `fatal`: what trying again can't help. */
type Outcome = 'started' | 'failed' | { readonly fatal: unknown };

/** Creates the attempt to open the store and to do the steps that are left. It never rejects, and logs a problem when it is another one than before. */
function createAttempt(start: StoreStart, signal: AbortSignal): () => Promise<Outcome> {
  const { store, steps, log } = start;
  let isOpen = false;
  let done = 0;
  let logged: string | undefined;
  let isFirst = true;
  const advance = async (): Promise<void> => {
    if (!isOpen) {
      const opened = await start.open();
      if (signal.aborted) return opened.close();
      store.open(opened);
      isOpen = true;
    }
    for (; done < steps.length; done += 1) {
      if (signal.aborted) return;
      await steps[done]?.();
    }
  };
  return async () => {
    try {
      await advance();
      if (logged !== undefined) log.info({}, 'The database answers: everything is started now.');
      return 'started';
    } catch (error) {
      const problem = start.explain(error);
      if (problem || !isFirst) report(error, problem);
      return problem ? 'failed' : { fatal: error };
    } finally {
      isFirst = false;
    }
  };

  function report(error: unknown, problem: StoreProblem | undefined): void {
    const words = problem?.logged ?? toChaosError(error).message;
    store.blame(problem?.shown ?? toChaosError(error));
    if (words !== logged)
      log.warn(problem ? {} : { error }, `${words} The bot serves without it and keeps trying.`);
    logged = words;
  }
}
