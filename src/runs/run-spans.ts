import type { PredictionResult, ResultBatch } from '../domain/prediction-result.ts';
import type { BetweenPhases } from '../domain/run-event.ts';
import type { Phase } from '../domain/run.ts';
import { cutGap } from '../evidence/predictions/split-gap.ts';

/**
 * The spans of due time that a run is measured in: its phases, the time from the request for the fault to its beginning, and the wait between its end
 * and the last measurement.
 */
export type Span = 'baseline' | 'inject' | 'preparing' | 'observe' | 'waiting' | 'recover';

/** The results of what was due before `at`; of a span the part before it. */
export function cutResults({ results, knownUntil }: ResultBatch, at: number): ResultBatch {
  const cut = (result: PredictionResult): readonly PredictionResult[] => {
    if (result.kind !== 'unmeasured-span') return result.dueAt < at ? [result] : [];
    const { due: count, ...part } = cutGap({ ...result, due: result.count }, result.from, at);
    return result.from < at && count > 0 ? [{ ...result, ...part, count }] : [];
  };
  return { results: results.flatMap(cut), knownUntil };
}

/** The spans that are no phase of their own, as the journal names them. */
export const betweenPhases = [
  ['beforeStart', 'inject'],
  ['preparing', 'preparing'],
  ['waiting', 'waiting'],
] as const satisfies readonly (readonly [keyof BetweenPhases, Span])[];

const phases: ReadonlyMap<string, Phase> = new Map([
  ['baseline', 'baseline'],
  ['inject', 'inject'],
  ['preparing', 'inject'],
  ['observe', 'observe'],
]);

/** Returns the phase that a span belongs to. */
export function toPhase(span: string): Phase {
  return phases.get(span) ?? 'recover';
}
