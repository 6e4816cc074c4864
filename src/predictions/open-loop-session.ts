import type { ScoringService } from '../domain/catalogue.ts';
import type { PredictionMeasurement, SecondMeasurement } from '../domain/measurement.ts';
import type { Log, ProbeOptions, ProbeSession, ProbeState } from '../runs/ports.ts';
import { RecentResults, type Result } from './recent-results.ts';
import { createSteadyClock, startSchedule, type Schedule } from './schedule.ts';
import { sendPrediction } from './send-prediction.ts';
import { Tally } from './tally.ts';

export type SessionOptions = ProbeOptions & {
  readonly key: string | undefined;
  readonly log: Log;
};

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
  readonly #tally: Tally;
  readonly #recent = new RecentResults(keepMs);
  readonly #seconds = new Map<number, SecondMeasurement>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #schedule: Schedule;
  #lastEndedAt: number | null = null;

  /** Begins to send at once. */
  constructor(service: ScoringService, options: SessionOptions) {
    this.#service = service;
    this.#options = options;
    this.#tally = new Tally(options.latencyLimitsMs);
    if (options.resumeFrom) this.#tally.merge(options.resumeFrom);
    this.#schedule = startSchedule({
      intervalMs: 1_000 / service.scoring.ratePerSecond,
      // Later than its time-out a prediction fails whatever the service does: that would be our failure, not its.
      latestMs: service.scoring.timeoutMs,
      clock: this.#clock,
      onDue: (count, dueAt) => this.#launch(count, dueAt),
      onMissed: (missed) =>
        options.log.warn(
          { service: service.name, missed },
          'The prober was held up and sent too few.',
        ),
    });
  }

  #launch(count: number, dueAt: number): void {
    const sending = this.#send(count, dueAt).finally(() => this.#inFlight.delete(sending));
    this.#inFlight.add(sending);
  }

  async #send(count: number, dueAt: number): Promise<void> {
    const { uri, timeoutMs, golden, modelVersion } = this.#service.scoring;
    const chosen = golden[count % golden.length];
    if (!chosen) return;
    const lateMs = this.#clock.now() - dueAt;
    const outcome = await sendPrediction({
      uri,
      key: this.#options.key,
      golden: chosen,
      modelVersion,
      timeoutMs: Math.max(1, timeoutMs - lateMs),
    });
    const endedAt = this.#clock.now();
    this.#record({ dueAt, endedAt, outcome, latencyMs: endedAt - dueAt });
  }

  #record(result: Result): void {
    this.#tally.record(result.outcome, result.latencyMs);
    this.#recent.add(result);
    countSecond(this.#seconds, result);
    this.#lastEndedAt = result.endedAt;
  }

  total(): PredictionMeasurement {
    return this.#tally.measurement();
  }

  window(windowMs: number): { sent: number; good: number } {
    return this.#recent.endedSince(this.#clock.now() - windowMs);
  }

  since(at: number): ProbeState {
    const since = new Tally(this.#options.latencyLimitsMs);
    for (const { outcome, latencyMs } of this.#recent.dueSince(at)) {
      since.record(outcome, latencyMs);
    }
    return since.state();
  }

  seconds(): readonly SecondMeasurement[] {
    return Array.from(this.#seconds.values()).toSorted((left, right) => left.at - right.at);
  }

  lastEndedAt(): number | null {
    return this.#lastEndedAt;
  }

  state(): ProbeState {
    return this.#tally.state();
  }

  async stop(): Promise<PredictionMeasurement> {
    this.#schedule.stop();
    await Promise.all(this.#inFlight);
    return this.#tally.measurement();
  }
}

/** A prediction counts in the second in which it was due, whenever its answer came. */
function countSecond(seconds: Map<number, SecondMeasurement>, { dueAt, outcome }: Result): void {
  const at = Math.floor(dueAt / 1_000) * 1_000;
  const { sent, good, failures } = seconds.get(at) ?? { sent: 0, good: 0, failures: {} };
  const isGood = outcome === 'good';
  seconds.set(at, {
    at,
    sent: sent + 1,
    good: good + (isGood ? 1 : 0),
    failures: isGood ? failures : { ...failures, [outcome]: (failures[outcome] ?? 0) + 1 },
  });
}
