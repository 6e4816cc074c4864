import { randomInt } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { settleWithin } from '../time/settle-within.ts';
import type { ScoringService } from '../domain/catalogue.ts';
import type { Log } from '../runs/ports/log.ts';
import type { PredictionResult } from '../domain/prediction-result.ts';
import type { ProbeOptions, ProbeSession } from '../runs/ports/prediction-probe.ts';
import type { AuthorizationSource } from './authorizations.ts';
import { DueAccount } from './due-account.ts';
import { DueTimes } from './due-times.ts';
import type { Authorization } from './open-loop.ts';
import type { FromProber, ProberData, ToProber } from './prober-messages.ts';
import { createSteadyClock, longestDriftMs, measureLead, readOrigin } from './steady-clock.ts';

export type SessionOptions = ProbeOptions & {
  readonly authorization: AuthorizationSource;
  readonly log: Log;
};

/** How often the token is looked after, and time that no thread accounts for is accounted for. */
const beatMs = 250;
/** Due times begin after this time at the latest, whether the thread is ready or not, unless more is allowed. */
const longestStartMs = 1_000;
/** A thread that lived for less than this is not replaced at once, but after this time. */
const shortLifeMs = 1_000;
/** How much longer than a time-out a thread may take to stop. */
const stopMarginMs = 5_000;
/** A look-up that hangs can't be cancelled, and its thread doesn't end before it: a run must. */
const longestEndMs = 500;

/** One open-loop session: starts the thread that predicts, replaces it when it dies, and accounts for what was due while there was none. */
export class ProberSession implements ProbeSession {
  readonly #service: ScoringService;
  readonly #options: SessionOptions;
  #origin = readOrigin();
  #clock = createSteadyClock(this.#origin);
  readonly #seed: number;
  readonly #startWithinMs: number;
  readonly #createdAt = this.#clock.now();
  readonly #beat: NodeJS.Timeout;
  #worker: Worker | undefined;
  #bornAt = 0;
  #isReady = false;
  #authorization: Authorization;
  #startedAt: number | undefined;
  #account: DueAccount | undefined;
  #stopping: PromiseWithResolvers<void> | undefined;
  /** How far the clock of the machine was behind that of the session when that was told. */
  #behindMs = 0;
  #isOver = false;

  constructor(service: ScoringService, options: SessionOptions) {
    this.#service = service;
    this.#options = options;
    this.#startWithinMs = options.startWithinMs ?? longestStartMs;
    this.#seed = options.seed ?? randomInt(2 ** 31);
    this.#authorization = options.authorization.current();
    void options.authorization.ready().then(() => this.#renew());
    this.#beat = setInterval(() => this.#onBeat(), beatMs);
    this.#beat.unref();
    this.#spawn();
  }

  startedAt(): number | undefined {
    return this.#startedAt;
  }

  async stop(): Promise<void> {
    if (this.#stopping) return this.#stopping.promise;
    this.#stopping = Promise.withResolvers();
    const worker = this.#worker;
    if (worker && this.#isReady) {
      worker.ref();
      this.#post({ kind: 'stop' });
      const limitMs = this.#service.scoring.timeoutMs + stopMarginMs;
      const timer = setTimeout(() => void worker.terminate(), limitMs);
      await this.#stopping.promise;
      clearTimeout(timer);
    } else this.#finish();
    if (this.#worker) await settleWithin(longestEndMs, this.#worker.terminate());
  }

  #finish(): void {
    if (this.#isOver) return;
    if (!this.#isReady) this.#lose();
    this.#isOver = true;
    clearInterval(this.#beat);
    this.#stopping?.resolve();
  }

  #spawn(): void {
    const { scoring } = this.#service;
    const workerData: ProberData = {
      scoring,
      origin: this.#origin,
      seed: this.#seed,
      authorization: this.#authorization,
      readyWithinMs: this.#startWithinMs,
      latencyLimitsMs: this.#options.latencyLimitsMs ?? [],
    };
    const worker = new Worker(new URL('prober-worker.ts', import.meta.url), {
      workerData,
      execArgv: [],
    });
    worker.unref();
    worker.on('message', (message: FromProber) => this.#receive(message));
    worker.on('error', (error) => {
      const fields = { error, service: this.#service.name };
      this.#options.log.error(fields, 'The thread that sends predictions failed.');
    });
    worker.on('exit', () => this.#onExit());
    this.#worker = worker;
    this.#bornAt = this.#clock.now();
  }

  #onExit(): void {
    this.#worker = undefined;
    this.#isReady = false;
    if (this.#isOver) return;
    if (this.#stopping) return this.#finish();
    const { log } = this.#options;
    log.warn({ service: this.#service.name }, 'The thread that sends predictions is replaced.');
    this.#lose();
    if (this.#clock.now() - this.#bornAt >= shortLifeMs) this.#spawn();
  }

  #receive(message: FromProber): void {
    if (this.#isOver) return;
    if (message.kind === 'ready') return this.#begin();
    // Everything due was delivered.
    if (message.kind === 'stopped') return this.#finish();
    if (message.kind === 'unresolved') {
      const fields = { service: this.#service.name, code: message.code };
      this.#options.log.warn(fields, 'The name of the scoring service could not be looked up.');
      return;
    }
    const { results, knownUntil } = message;
    this.#account?.settle(message);
    this.#options.onResults({ results, knownUntil });
  }

  #begin(): void {
    if (this.#stopping) return;
    this.#startAt(this.#clock.now());
    this.#lose();
    this.#isReady = true;
    const { knownUntil = 0 } = this.#account ?? {};
    this.#post({ kind: 'authorize', authorization: this.#authorization });
    this.#post({ kind: 'begin', startAt: this.#startedAt ?? knownUntil, from: knownUntil });
  }

  /** Due times begin now, unless they have begun. */
  #startAt(startAt: number): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = startAt;
    const due = new DueTimes(this.#service.scoring, { seed: this.#seed, startAt });
    this.#account = new DueAccount(due, startAt);
  }

  /** What was due until now has not been sent by any thread. */
  #lose(): void {
    const results = this.#account?.lose(this.#clock.now()) ?? [];
    if (this.#account) this.#deliver(results, this.#account.knownUntil);
  }

  #deliver(results: readonly PredictionResult[], knownUntil: number): void {
    this.#options.onResults({ results, knownUntil });
  }

  #onBeat(): void {
    this.#renew();
    this.#compareClocks();
    const now = this.#clock.now();
    if (!this.#worker && now - this.#bornAt >= shortLifeMs) this.#spawn();
    if (this.#isReady) return;
    if (now - this.#createdAt >= this.#startWithinMs) this.#startAt(now);
    this.#lose();
  }

  /** The session's clock never jumps; that of the machine, by which phases and faults are dated, may. */
  #compareClocks(): void {
    const aheadMs = measureLead(this.#clock);
    if (aheadMs > longestDriftMs) this.#followClock(aheadMs);
    if (-aheadMs <= this.#behindMs + longestDriftMs) return;
    this.#behindMs = -aheadMs;
    this.#options.onClockTurnedBack?.(this.#behindMs);
  }

  /** Goes on by the time of the machine. What was due in between was not sent: it is a gap. */
  #followClock(aheadMs: number): void {
    const fields = { service: this.#service.name, aheadMs: Math.round(aheadMs) };
    this.#options.log.warn(fields, 'The clock was set forward, or the machine was suspended.');
    this.#origin = readOrigin();
    this.#clock = createSteadyClock(this.#origin);
    // The thread has the old clock; another takes its place.
    void this.#worker?.terminate();
  }

  #renew(): void {
    const authorization = this.#options.authorization.current();
    if (isSame(authorization, this.#authorization)) return;
    this.#authorization = authorization;
    if (this.#isReady) this.#post({ kind: 'authorize', authorization });
  }

  #post(message: ToProber): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, this is a thread
    this.#worker?.postMessage(message);
  }
}

function isSame(left: Authorization, right: Authorization): boolean {
  if (left === 'none' || right === 'none') return left === right;
  return left.header === right.header && left.validUntil === right.validUntil;
}
