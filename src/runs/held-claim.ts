import { claimLost, isClaimLost } from '../domain/claim-lost.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import type { RunId } from '../domain/ids.ts';
import { settleWithin } from '../time/settle-within.ts';
import { claimLastsMs, type Claim, type ClaimStore } from './ports/claim-store.ts';
import type { MonotonicClock } from './ports/clock.ts';

/** How a claim stands; `unknown` while the database does not say. */
export type ClaimState = 'held' | 'lost' | 'unknown';

export type ClaimDeps = { readonly claims: ClaimStore; readonly clock: MonotonicClock };

/** Nothing waits longer for the database than this. */
const askLimitMs = 1_000;
/** An answer that took longer may be from before this process stood still. */
const staleAfterMs = claimLastsMs / 2;

/** The claim of one conductor, and what it knows of it. Once lost, it stays lost. */
export class HeldClaim {
  readonly claim: Claim;
  readonly #deps: ClaimDeps;
  readonly #lost = new AbortController();
  /** When the database was last asked with the answer that the claim is the newest, by the monotonic clock. */
  #confirmedAt: number;
  #underway: { readonly askedAt: number; readonly answer: Promise<boolean> } | undefined;

  private constructor(claim: Claim, takenAt: number, deps: ClaimDeps) {
    this.claim = claim;
    this.#confirmedAt = takenAt;
    this.#deps = deps;
  }

  /** Takes a run over. The claim is lost as well when `released` aborts: its job was given to another worker. */
  static async take(runId: RunId, deps: ClaimDeps, released?: AbortSignal): Promise<HeldClaim> {
    const takenAt = deps.clock.monotonicMs();
    const held = new HeldClaim(await deps.claims.take(runId), takenAt, deps);
    if (released?.aborted) held.lose();
    released?.addEventListener('abort', () => held.lose(), { once: true });
    return held;
  }

  /** Aborts when the claim is known to be lost. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether the claim was confirmed so recently that nobody can have taken the run over since. */
  get isFresh(): boolean {
    const age = this.#deps.clock.monotonicMs() - this.#confirmedAt;
    return !this.lost.aborted && age < claimLastsMs;
  }

  lose(): void {
    this.#lost.abort();
  }

  /** Throws `claim-lost` when the claim is known to be lost. Asks nobody. */
  requireHeld(): void {
    if (this.lost.aborted) throw claimLost(this.claim.runId);
  }

  /** Asks the database how the claim stands, and waits a moment at most. Never rejects. */
  async ask(): Promise<ClaimState> {
    const state = await this.#askOnce();
    return state === 'stale' ? toState(await this.#askOnce()) : state;
  }

  /** Rejects with `claim-lost` when the claim is lost. Where the database does not say, it is not. */
  async requireUnlost(): Promise<void> {
    await this.ask();
    this.requireHeld();
  }

  /** Rejects unless the database says that the claim is held: with `claim-lost`, or with `store-unavailable` where it says nothing. */
  async requireConfirmed(): Promise<void> {
    const state = await this.ask();
    this.requireHeld();
    if (state === 'unknown') throw unconfirmed(this.claim.runId);
  }

  /** Follows a write that carries the claim: that it succeeds confirms the claim, and `claim-lost` ends it. */
  async follow<Written>(write: Promise<Written>): Promise<Written> {
    const askedAt = this.#deps.clock.monotonicMs();
    try {
      const written = await write;
      this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
      return written;
    } catch (error) {
      if (isClaimLost(error)) this.lose();
      throw error;
    }
  }

  async #askOnce(): Promise<ClaimState | 'stale'> {
    if (this.lost.aborted) return 'lost';
    const { askedAt, answer } = this.#query();
    const isNewest = await settleWithin(
      askLimitMs,
      answer.catch(() => undefined),
    );
    if (isNewest === false) this.lose();
    if (this.lost.aborted) return 'lost';
    if (isNewest === undefined) return 'unknown';
    if (this.#deps.clock.monotonicMs() - askedAt > staleAfterMs) return 'stale';
    this.#confirmedAt = Math.max(this.#confirmedAt, askedAt);
    return 'held';
  }

  /** A question that hangs is not asked again for some time: each takes a connection. */
  #query(): { readonly askedAt: number; readonly answer: Promise<boolean> } {
    const askedAt = this.#deps.clock.monotonicMs();
    if (this.#underway && askedAt - this.#underway.askedAt < staleAfterMs) return this.#underway;
    const answer = this.#deps.claims.isNewest(this.claim);
    const query = { askedAt, answer };
    this.#underway = query;
    const forget = () => {
      if (this.#underway === query) this.#underway = undefined;
    };
    answer.then(forget, forget);
    return query;
  }
}

function toState(state: ClaimState | 'stale'): ClaimState {
  return state === 'stale' ? 'unknown' : state;
}

function unconfirmed(runId: RunId): ChaosError {
  return new ChaosError(
    'store-unavailable',
    `The database did not say whether this process still conducts run ${runId}; nothing was started.`,
    { suggestion: 'Bring the database back, then propose the experiment again.' },
  );
}
