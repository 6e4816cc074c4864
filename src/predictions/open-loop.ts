import type { LookupFunction } from 'node:net';
import type { GoldenPrediction, ScoringService } from '../domain/catalogue.ts';
import type { UnmeasuredReason } from '../domain/measurement.ts';
import type { ResultBatch } from '../domain/prediction-result.ts';
import { DueTimes, type DueTimesOptions } from './due-times.ts';
import { Outbox } from './outbox.ts';
import { Sender, type Sent } from './sender.ts';
import type { SteadyClock } from './steady-clock.ts';
import { takeTurn } from './take-turn.ts';

/** The value of the header that authorises, and until when; `none` while one is needed and there is none. */
export type Authorization = 'none' | { readonly header?: string; readonly validUntil: number };

export type OpenLoopOptions = {
  readonly scoring: ScoringService['scoring'];
  readonly clock: SteadyClock;
  readonly authorization: Authorization;
  /** Where the name of the service leads; calls back at once. */
  readonly lookup: LookupFunction;
  readonly latencyLimitsMs?: readonly number[];
  readonly deliver: (batch: ResultBatch) => void;
};

/** A prediction that would leave later than this does not leave: its service would be asked at another time than was drawn. */
const lateLimitMs = 250;

/** No timer of Node waits longer. */
const longestWaitMs = 2 ** 31 - 1;

/**
 * Open loop: predictions leave when they are due, whatever became of those before. A closed loop would send less while the service suffers, and so
 * measure it as better than its users find it.
 */
export class OpenLoop {
  readonly #options: OpenLoopOptions;
  readonly #sender: Sender;
  readonly #outbox: Outbox;
  readonly #due: DueTimes;
  /** The due times of those in flight, in their order. */
  readonly #inFlight = new Set<number>();
  #authorization: Authorization;
  #timer: NodeJS.Timeout | undefined;
  #onDrained: (() => void) | undefined;

  /** Begins with the first that is due at or after `from`; those due before were accounted for elsewhere. */
  constructor(options: OpenLoopOptions, { from, ...due }: DueTimesOptions & { from: number }) {
    this.#options = options;
    this.#authorization = options.authorization;
    this.#due = new DueTimes(options.scoring, due);
    this.#due.passUntil(from);
    this.#sender = new Sender(options.scoring, {
      clock: options.clock,
      lookup: options.lookup,
      ...(options.latencyLimitsMs ? { latencyLimitsMs: options.latencyLimitsMs } : {}),
      onPause: ({ until }) => this.#passPause(until),
    });
    this.#outbox = new Outbox({
      knownUntil: () => this.#knownUntil(),
      deliver: options.deliver,
    });
    this.#tick();
  }

  authorize(authorization: Authorization): void {
    this.#authorization = authorization;
  }

  /** Sends what is due until now and no more; resolves when everything was delivered. */
  async stop(): Promise<void> {
    this.#tick();
    clearTimeout(this.#timer);
    if (this.#inFlight.size > 0)
      await new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
    this.#outbox.flush();
    this.#outbox.close();
    this.#sender.close();
  }

  #knownUntil(): number {
    const [oldest = this.#due.dueAt] = this.#inFlight;
    return Math.min(oldest, this.#options.clock.now());
  }

  #tick(): void {
    clearTimeout(this.#timer);
    // Once, not in the loop: what is sent must get its turn also when sending takes longer than the gaps.
    const now = this.#sender.turn();
    for (let isDue = this.#due.dueAt <= now; isDue; isDue = this.#due.dueAt <= now) {
      const { count, dueAt } = this.#due;
      this.#due.pass();
      this.#launch(count, dueAt);
    }
    const waitMs = this.#due.dueAt - this.#options.clock.now();
    this.#timer = setTimeout(() => this.#tick(), Math.min(Math.max(1, waitMs), longestWaitMs));
  }

  #passPause(until: number): void {
    const from = this.#due.dueAt;
    const count = this.#due.passUntil(until);
    if (count > 0)
      this.#outbox.put({ kind: 'unmeasured-span', from, until, count, reason: 'paused' });
  }

  #launch(count: number, dueAt: number): void {
    const { golden, keptAliveShare = 0 } = this.#options.scoring;
    const now = this.#options.clock.now();
    if (now - dueAt > lateLimitMs) return this.#giveUp(dueAt, now, 'sent-late');
    const authorization = this.#authorization;
    // Without a valid token the service would rightly refuse, and we would blame it.
    if (authorization === 'none' || now >= authorization.validUntil)
      return this.#giveUp(dueAt, now, 'no-token');
    const { kept, index } = takeTurn(count, keptAliveShare);
    const chosen = golden[index % golden.length] as GoldenPrediction;
    this.#inFlight.add(dueAt);
    const sending = { golden: chosen, kept, authorization: authorization.header };
    this.#sender.send(sending, (sent) => this.#land(sent, { dueAt, kept }));
  }

  #land(sent: Sent, { dueAt, kept }: { dueAt: number; kept: boolean }): void {
    this.#inFlight.delete(dueAt);
    if ('spoiled' in sent) this.#giveUp(dueAt, sent.endedAt, sent.spoiled);
    else {
      const latencyMs = sent.endedAt - sent.sentAt;
      this.#outbox.put({ kind: 'measured', dueAt, ...sent, latencyMs, kept });
    }
    if (this.#inFlight.size === 0) this.#onDrained?.();
  }

  #giveUp(dueAt: number, knownAt: number, reason: UnmeasuredReason): void {
    this.#outbox.put({ kind: 'unmeasured', dueAt, knownAt, reason });
  }
}
