import type { ScoringService } from '../../src/domain/catalogue.ts';
import type { MeasuredPrediction, PredictionResult } from '../../src/domain/prediction-result.ts';
import { sampleProposal } from './proposal.ts';
import { tellOutcome, type LoggedRequest, type ScriptedService } from './scripted-service.ts';

/** The scripted service as a probe sees it; answers tell their number in the log as their pod. */
export function toScoringService(
  { uri }: Pick<ScriptedService, 'uri'>,
  more: Partial<ScoringService['scoring']> = {},
): ScoringService {
  const { service } = sampleProposal();
  const asked = { uri, ratePerSecond: 100, timeoutMs: 1_000, podHeader: 'x-request-number' };
  return { ...service, scoring: { ...service.scoring, ...asked, ...more } };
}

/** How many times each outcome or reason stands in results. */
export function countKinds(results: readonly PredictionResult[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of results) {
    const kind = result.kind === 'measured' ? result.outcome : result.reason;
    counts[kind] = (counts[kind] ?? 0) + (result.kind === 'unmeasured-span' ? result.count : 1);
  }
  return counts;
}

/**
 * Returns every measured prediction whose outcome differs from what the log says of its request: by its number where it was answered whole, otherwise
 * as one of the requests with that behaviour that arrived while it was in flight.
 */
export function findFalseOutcomes(
  measured: readonly MeasuredPrediction[],
  log: readonly LoggedRequest[],
  timeoutMs: number,
): readonly (MeasuredPrediction & { readonly logged?: LoggedRequest })[] {
  const answered = new Set(measured.map(({ pod }) => Number(pod)));
  const silent = log.filter(({ number }) => !answered.has(number));
  return measured.flatMap((each) => {
    const logged =
      each.pod === undefined ? takeMatch(silent, each, timeoutMs) : log[Number(each.pod)];
    if (logged && tellOutcomeOf(each, logged, timeoutMs) === each.outcome) return [];
    return [logged ? { ...each, logged } : each];
  });
}

/** What a request must be called, given when it was sent: a time-out also where the service was slower than its script. */
function tellOutcomeOf(
  { sentAt }: MeasuredPrediction,
  logged: LoggedRequest,
  timeoutMs: number,
): MeasuredPrediction['outcome'] {
  const { endedAt = Number.POSITIVE_INFINITY } = logged;
  return endedAt - sentAt > timeoutMs ? 'timeout' : tellOutcome(logged, timeoutMs);
}

function takeMatch(
  silent: LoggedRequest[],
  prediction: MeasuredPrediction,
  timeoutMs: number,
): LoggedRequest | undefined {
  const { sentAt, endedAt, outcome } = prediction;
  const at = silent.findIndex(
    (logged) =>
      logged.arrivedAt >= sentAt - 1 &&
      logged.arrivedAt <= endedAt + 1 &&
      tellOutcomeOf(prediction, logged, timeoutMs) === outcome,
  );
  return at < 0 ? undefined : silent.splice(at, 1)[0];
}
