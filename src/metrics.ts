import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import type { Run } from './domain/run.ts';
import type { Announcer } from './runs/ports/announcer.ts';

/** What /metrics serves. */
export type Metrics = {
  readonly registry: Registry;
  /** The same announcer, with what passes through it counted. */
  count(announcer: Announcer): Announcer;
};

/** Counts runs by how they ended, and shows what the run seen last measures. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const ended = new Counter({
    name: 'chaos_runs_ended_total',
    help: 'Runs that ended, by ending and verdict.',
    labelNames: ['experiment', 'ending', 'verdict'],
    registers: [registry],
  });
  const good = gauge(
    registry,
    'chaos_predictions_good',
    'Good predictions in the present phase of a run.',
  );
  const sent = gauge(
    registry,
    'chaos_predictions_sent',
    'Predictions sent in the present phase of a run.',
  );
  const countEnd = ({ end, proposal }: Run) => {
    if (end)
      ended.inc({
        experiment: proposal.experiment,
        ending: end.ending,
        verdict: end.verdict ?? 'none',
      });
  };
  return {
    registry,
    count: (announcer) => ({
      runChanged(run) {
        countEnd(run);
        announcer.runChanged(run);
      },
      waits: (run, ahead) => announcer.waits(run, ahead),
      cancelRefused: (run, refusal) => announcer.cancelRefused(run, refusal),
      cancelAccepted: (run) => announcer.cancelAccepted(run),
      stopDisallowed: (run) => announcer.stopDisallowed(run),
      remind: (run) => announcer.remind(run),
      freezeChanged: (freeze) => announcer.freezeChanged(freeze),
      progressed(run, progress) {
        good.set({ experiment: run.proposal.experiment }, progress.predictions.good);
        sent.set({ experiment: run.proposal.experiment }, progress.predictions.sent);
        announcer.progressed(run, progress);
      },
    }),
  };
}

function gauge(registry: Registry, name: string, help: string): Gauge {
  return new Gauge({ name, help, labelNames: ['experiment'], registers: [registry] });
}
