import type { AuditProblem } from '../domain/audit.ts';
import { toChaosError } from '../domain/chaos-error.ts';
import type { HealthCheck } from '../domain/health.ts';
import { copyNext, type Copied } from './copy-next.ts';
import type { Clock } from './ports/clock.ts';
import type { JournalCopy, JournalSource } from './ports/journal-copy.ts';
import type { Log } from './ports/log.ts';

export type CopyDeps = {
  readonly journal: JournalSource;
  readonly copy: JournalCopy;
  readonly clock: Clock;
  readonly log: Log;
};

/** How far the copy of the journal is. */
export type CopyState = {
  /** How many entries it has, as far as is known. */
  readonly copied: number;
  /** Since when the next entry waits to be copied, ms since the epoch; absent when none does. */
  readonly waitsSince?: number;
  /** Why the last attempt failed; absent when it did not. */
  readonly failure?: string;
  /** Where it is not what the journal is. Nothing is copied while that is so. */
  readonly difference?: AuditProblem;
};

export type JournalCopier = {
  state(): CopyState;
  health(): HealthCheck;
  /** Copies what is committed until the signal aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
};

const pollMs = 2_000;
const longestWaitMs = 60_000;
/** Storage that takes nothing for longer than this is not healthy. */
const patienceMs = 30_000;

/**
 * Copies the journal, entry by entry in the order of writing, after each was committed: no run waits for it. Where to go on it learns from the copy, and what
 * it copied last must still be in the journal as it was: else somebody rewrote the journal or cut it off, which is said, and nothing is overwritten.
 */
export function createJournalCopier(deps: CopyDeps): JournalCopier {
  const { clock, log } = deps;
  let state: CopyState = { copied: 0, waitsSince: clock.now() };
  let last: Copied | undefined;

  const onWaiting = (copied: number) => {
    const isStuck = state.copied === copied && state.waitsSince !== undefined;
    state = isStuck ? state : { ...state, copied, waitsSince: clock.now() };
  };
  const differ = (difference: AuditProblem) => {
    if (!state.difference)
      log.error({ ...difference }, 'The journal and its copy are not the same.');
    last = undefined;
    state = { copied: state.copied, difference };
  };
  const fail = (error: unknown) => {
    log.warn({ error }, 'The journal could not be copied; it is tried again.');
    const { message, suggestion } = toChaosError(error);
    const waitsSince = state.waitsSince ?? clock.now();
    state = { ...state, waitsSince, failure: `${message} ${suggestion}` };
  };
  /** Copies a page; says whether to go on at once, to wait for more, or to try again later. */
  const step = async (signal: AbortSignal): Promise<'go-on' | 'wait' | 'retry'> => {
    const done = await copyNext(last, { ...deps, onWaiting, signal });
    if (done.kind === 'different') {
      differ(done.problem);
      return 'retry';
    }
    ({ last } = done);
    state = { copied: last.place };
    return done.more ? 'go-on' : 'wait';
  };

  return {
    state: () => state,
    health: () => toHealthCheck(state, clock.now()),
    async run(signal) {
      for (let failures = 0; !signal.aborted;) {
        const next = await step(signal).catch(fail);
        failures = next === 'go-on' || next === 'wait' ? 0 : failures + 1;
        const waitMs = Math.min(longestWaitMs, pollMs * 2 ** failures);
        if (next !== 'go-on') await clock.sleep(waitMs, signal);
      }
    },
  };
}

/** Short trouble is no matter: the copy catches up. */
function toHealthCheck(state: CopyState, now: number): HealthCheck {
  const name = 'journal copy';
  const { copied, waitsSince = now, failure, difference } = state;
  if (difference) return { name, ok: false, detail: describeDifference(difference) };
  const waitedMs = now - waitsSince;
  if (waitedMs <= patienceMs) return { name, ok: true, detail: `${copied} entries are copied` };
  const waiting = `${copied} entries are copied, the next waits for ${Math.round(waitedMs / 1_000)} s.`;
  return { name, ok: false, detail: failure ? `${failure} ${waiting}` : waiting };
}

function describeDifference({ runId, sequence, what }: AuditProblem): string {
  const where = runId ? `${runId}, entry` : 'anchor';
  return `At ${where} ${sequence}: ${what}. Somebody changed one of them: compare them with \`npm run audit -- verify\`.`;
}
