import type { PredictionProbe } from '../../src/runs/ports/prediction-probe.ts';

/** Predictions that fail where `isLost` says so of when they were due, and are good otherwise. */
export function loseWhere(
  isLost: (dueAt: number) => boolean,
  predictions: PredictionProbe,
): PredictionProbe {
  return {
    ...predictions,
    start: (service, options) =>
      predictions.start(service, {
        ...options,
        onResults: ({ results, knownUntil }) =>
          options.onResults({
            knownUntil,
            results: results.map((result) => {
              if (result.kind !== 'measured') return result;
              return { ...result, outcome: isLost(result.dueAt) ? 'refused' : 'good' };
            }),
          }),
      }),
  };
}

/** What a gateway answers that Azure lets end no fault. */
export const forbidden = {
  kind: 'refused',
  refusal: { problem: 'azure-forbidden', status: 403, sentence: '', suggestion: '' },
} as const;
