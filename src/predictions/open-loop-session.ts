import type { GoldenPrediction, ScoringService } from '../domain/catalogue.ts';
import type { PredictionMeasurement, SecondMeasurement } from '../domain/measurement.ts';
import type { Sample } from '../domain/sample.ts';
import type { Log } from '../runs/ports/log.ts';
import type { ProbeOptions, ProbeSession, ProbeState } from '../runs/ports/prediction-probe.ts';
import { createGaps } from './arrivals.ts';
import { PredictionSender } from './prediction-sender.ts';
import { RecentResults, type Result } from './recent-results.ts';
import { createSteadyClock, startSchedule, type Schedule } from './schedule.ts';
import { SecondTally } from './second-tally.ts';
import { takeTurn } from './take-turn.ts';
import { Tally } from './tally.ts';

/** The value of the authorization header; `none` while there should be one and is not. */
export type Authorization = {
  ready(): Promise<void>;
  header(): string | undefined;
};

export type SessionOptions = ProbeOptions & {
  readonly authorization: Authorization;
  readonly log: Log;
};

/** How often at most the log is told that predictions are missed. */
const sayEveryMs = 1_000;

/** How far back a session remembers single results, as the port promises. */
const keepMs = 60_000;

/**
 * Open loop: predictions leave when they are due, whatever became of those before, and latency counts from when they were due. A closed
 * loop would send less while the service suffers, and so measure it as better than its users find it.
 */
export class OpenLoopSession implements ProbeSession {
  readonly #service: ScoringService;
  readonly #options: SessionOptions;
  readonly #clock = createSteadyClock();
  readonly #sender: PredictionSender;
  readonly #tally: Tally;
  readonly #recent = new RecentResults(keepMs);
  readonly #seconds = new SecondTally();
  readonly #inFlight = new Set<Promise<void>>();
  #schedule: Schedule | undefined;
  #stopped = false;
  #lastEndedAt: number | null = null;
  #saidAt = 0;
  #unsaid = 0;

  /** Begins to send at once, or as soon as there is a token. */
  constructor(service: ScoringService, options: SessionOptions) {
    this.#service = service;
    this.#options = options;
    this.#sender = new PredictionSender(service.scoring);
    this.#tally = new Tally(options.latencyLimitsMs);
    if (options.resumeFrom) this.#tally.merge(options.resumeFrom);
    void this.#begin();
  }

  async #begin(): Promise<void> {
    await this.#options.authorization.ready();
    if (this.#stopped) return;
    const { scoring } = this.#service;
    this.#schedule = startSchedule({
      nextGapMs: createGaps(scoring),
      // Later than its time-out a prediction fails whatever the service does: that would be our failure, not its.
      latestMs: scoring.timeoutMs,
      clock: this.#clock,
      onDue: (count, dueAt) => this.#launch(count, dueAt),
      onMissed: (missed, dueAt) => this.#miss(missed, dueAt, 'The prober was held up.'),
    });
  }

  #miss(missed: number, dueAt: number, why: string): void {
    this.#tally.miss(missed);
    this.#recent.addMissed({ dueAt, missed });
    this.#unsaid += missed;
    if (dueAt < this.#saidAt + sayEveryMs) return;
    this.#options.log.warn({ service: this.#service.name, missed: this.#unsaid }, why);
    this.#saidAt = dueAt;
    this.#unsaid = 0;
  }

  #launch(count: number, dueAt: number): void {
    const authorization = this.#options.authorization.header();
    // Without a token the service would rightly refuse, and we would blame it.
    if (authorization === 'none') return this.#miss(1, dueAt, 'A prediction had no token.');
    const sending = this.#send({ count, dueAt, authorization }).finally(() =>
      this.#inFlight.delete(sending),
    );
    this.#inFlight.add(sending);
  }

  async #send({
    count,
    dueAt,
    authorization,
  }: {
    count: number;
    dueAt: number;
    authorization: string | undefined;
  }): Promise<void> {
    const { timeoutMs, golden, keptAliveShare = 0 } = this.#service.scoring;
    const turn = takeTurn(count, keptAliveShare);
    const chosen = golden[turn.index % golden.length] as GoldenPrediction;
    const lateMs = Math.max(0, this.#clock.now() - dueAt);
    const { kept } = turn;
    const sent = await this.#sender.send({
      golden: chosen,
      timeoutMs: Math.max(1, timeoutMs - lateMs),
      kept,
      authorization,
    });
    if (!sent) return this.#miss(1, dueAt, 'This machine could not connect any more.');
    const endedAt = this.#clock.now();
    this.#record({ ...sent, dueAt, endedAt, lateMs, kept, latencyMs: endedAt - dueAt });
  }

  #record(result: Result): void {
    this.#tally.record(result);
    this.#recent.add(result);
    this.#seconds.record(result);
    this.#lastEndedAt = result.endedAt;
    this.#options.onSample?.(toSample(result));
  }

  total(): PredictionMeasurement {
    return this.#tally.measurement();
  }

  window(windowMs: number): { sent: number; good: number } {
    return this.#recent.endedSince(this.#clock.now() - windowMs);
  }

  since(at: number): ProbeState {
    const since = new Tally(this.#options.latencyLimitsMs);
    const { results, missed } = this.#recent.dueSince(at);
    for (const result of results) since.record(result);
    since.miss(missed);
    return since.state();
  }

  seconds(): readonly SecondMeasurement[] {
    return this.#seconds.measurements();
  }

  lastEndedAt(): number | null {
    return this.#lastEndedAt;
  }

  state(): ProbeState {
    return this.#tally.state();
  }

  async stop(): Promise<PredictionMeasurement> {
    this.#stopped = true;
    this.#schedule?.stop();
    await Promise.all(this.#inFlight);
    await this.#sender.close();
    return this.#tally.measurement();
  }
}

function toSample({ dueAt, latencyMs, outcome, kept, status, pod }: Result): Omit<Sample, 'phase'> {
  return {
    dueAt,
    latencyMs,
    outcome,
    kept,
    ...(status === undefined ? {} : { status }),
    ...(pod === undefined ? {} : { pod }),
  };
}
