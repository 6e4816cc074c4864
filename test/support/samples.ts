import type { RunId } from '../../src/domain/ids.ts';
import { joinSeconds } from '../../src/domain/join-seconds.ts';
import type { FailureKind } from '../../src/domain/measurement.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Sample } from '../../src/domain/sample.ts';
import type { SampleStore } from '../../src/runs/ports/sample-store.ts';
import { startOfTime } from './proposal.ts';

/** A good prediction at a second of the run, with what a test wants otherwise. */
export function sampleAt(second: number, change: Partial<Sample> = {}): Sample {
  return {
    dueAt: startOfTime + second * 1_000,
    lateMs: 0,
    latencyMs: 8.25,
    outcome: 'good',
    status: 200,
    pod: 'diabetes-7c9f6d-4xkqz',
    kept: false,
    phase: 'observe',
    ...change,
  };
}

/** All samples that are kept of a run. */
export async function readAll(
  samples: Pick<SampleStore, 'read'>,
  runId: RunId,
): Promise<readonly Sample[]> {
  const all: Sample[] = [];
  for await (const some of samples.read(runId)) all.push(...some);
  return all;
}

/** Single predictions that a run's seconds could have been made of: spread over each, the lost ones in its middle. */
export function toSamples(run: Run): readonly Sample[] {
  const phases = [run.baseline, run.observed, run.recovered];
  const seconds = joinSeconds(phases.flatMap((phase) => (phase ? [phase.measurement] : [])));
  return seconds.flatMap(({ at, sent, good, failures }) => {
    const lost = Object.entries(failures).flatMap(([kind, count]) =>
      Array.from({ length: count }, () => kind as FailureKind),
    );
    const before = Math.floor(good / 2);
    return Array.from({ length: sent }, (_, index): Sample => {
      const outcome = lost[index - before] ?? 'good';
      const dueAt = at + Math.floor((index * 1_000) / sent);
      const answer = outcome === 'good' ? { status: 200, pod: 'diabetes-7c9f6d-4xkqz' } : {};
      return {
        dueAt,
        lateMs: 0,
        latencyMs: 8,
        outcome,
        kept: false,
        phase: findPhase(run, at),
        ...answer,
      };
    });
  });
}

function findPhase({ startRequestedAt = Infinity, ...run }: Run, at: number): Sample['phase'] {
  if (at >= (run.faultEndedAt ?? Infinity)) return 'recover';
  if (at >= (run.faultActiveAt ?? Infinity)) return 'observe';
  return at >= startRequestedAt ? 'inject' : 'baseline';
}
