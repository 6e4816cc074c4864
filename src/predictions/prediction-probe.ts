import type { ScoringService } from '../domain/catalogue.ts';
import type { SecondMeasurement } from '../domain/measurement.ts';
import type { Log, PredictionProbe, ProbeOptions, ProbeSession } from '../runs/ports.ts';
import { RecentResults, type Result } from './recent-results.ts';
import { sendPrediction } from './send-prediction.ts';
import { createSteadyClock, startSchedule } from './schedule.ts';
import { Tally } from './tally.ts';

export type PredictionProbeOptions = {
  /** The key that a service asks for; it never leaves this adapter. */
  readonly keyOf: (service: ScoringService) => string | undefined;
  readonly log: Log;
};

/** How far back a session remembers single results, as the port promises. */
const keepMs = 60_000;

/** Sends predictions on schedule and judges each answer. */
export function createPredictionProbe({ keyOf, log }: PredictionProbeOptions): PredictionProbe {
  return {
    start: (service, options) => startSession(service, { ...options, key: keyOf(service), log }),
    async probeOnce(service) {
      const [golden] = service.scoring.golden;
      const tally = new Tally([]);
      if (!golden) return tally.measurement();
      const { uri, timeoutMs } = service.scoring;
      const startedAt = performance.now();
      const outcome = await sendPrediction({ uri, key: keyOf(service), golden, timeoutMs });
      tally.record(outcome, performance.now() - startedAt);
      return tally.measurement();
    },
  };
}

type SessionOptions = ProbeOptions & { readonly key: string | undefined; readonly log: Log };

/**
 * Open loop: predictions leave when they are due, whatever became of those before, and latency counts from when they were due. A closed
 * loop would send less while the service suffers, and so measure it as better than its users find it.
 */
function startSession(service: ScoringService, options: SessionOptions): ProbeSession {
  const { uri, timeoutMs, golden, ratePerSecond } = service.scoring;
  const { key, log } = options;
  const clock = createSteadyClock();
  const tally = new Tally(options.latencyLimitsMs);
  if (options.resumeFrom) tally.merge(options.resumeFrom);
  const recent = new RecentResults(keepMs);
  const seconds = new Map<number, SecondMeasurement>();
  const inFlight = new Set<Promise<void>>();
  let lastEndedAt: number | null = null;

  const send = async (count: number, dueAt: number) => {
    const chosen = golden[count % golden.length];
    if (!chosen) return;
    const lateMs = clock.now() - dueAt;
    const outcome = await sendPrediction({
      uri,
      key,
      golden: chosen,
      timeoutMs: Math.max(1, timeoutMs - lateMs),
    });
    const endedAt = clock.now();
    const result: Result = { dueAt, endedAt, outcome, latencyMs: endedAt - dueAt };
    tally.record(outcome, result.latencyMs);
    recent.add(result);
    countSecond(seconds, result);
    lastEndedAt = endedAt;
  };

  const schedule = startSchedule({
    intervalMs: 1_000 / ratePerSecond,
    // Later than its time-out a prediction fails whatever the service does: that would be our failure, not its.
    latestMs: timeoutMs,
    clock,
    onDue(count, dueAt) {
      const sending = send(count, dueAt).finally(() => inFlight.delete(sending));
      inFlight.add(sending);
    },
    onMissed: (missed) =>
      log.warn({ service: service.name, missed }, 'The prober was held up and sent too few.'),
  });

  return {
    total: () => tally.measurement(),
    window: (windowMs) => recent.endedSince(clock.now() - windowMs),
    since(at) {
      const since = new Tally(options.latencyLimitsMs);
      for (const { outcome, latencyMs } of recent.dueSince(at)) since.record(outcome, latencyMs);
      return since.state();
    },
    seconds: () => Array.from(seconds.values()),
    lastEndedAt: () => lastEndedAt,
    state: () => tally.state(),
    async stop() {
      schedule.stop();
      await Promise.all(inFlight);
      return tally.measurement();
    },
  };
}

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
