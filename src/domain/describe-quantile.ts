import { isQuantile, quantileShare } from './hypothesis.ts';
import type { ToleranceJudgement } from './judgement.ts';

type Print = {
  readonly share: (share: number) => string;
  readonly latency: (latencyMs: number) => string;
};

/**
 * Says what was observed of a quantile: `68.9 % right within 500ms (needs 95 %), p95 of right answers 9.5 ms`. The share is what is judged; the quantile itself
 * is known of right answers only. Undefined for other tolerances, and where nothing was measured.
 */
export function describeQuantile(
  { tolerance: { signal, bound }, observed, kept, finding }: ToleranceJudgement,
  print: Print,
): string | undefined {
  if (!isQuantile(signal)) return undefined;
  // Right answers were fast enough, so it reads as a mistake without the reason.
  const isByFailures = finding === 'deviated' && observed !== null && observed <= bound;
  const failed = isByFailures ? '; failed predictions count as slow' : '';
  const needed = `needs ${print.share(quantileShare[signal])}${failed}`;
  const parts = [
    ...(kept === undefined ? [] : [`${print.share(kept)} right within ${bound}ms (${needed})`]),
    ...(observed === null ? [] : [`${signal} of right answers ${print.latency(observed)}`]),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}
