import type { TurnContext } from 'botbuilder';
import type { TeamsAdapter } from '@microsoft/teams-ai';
import { setTimeout as delay } from 'node:timers/promises';
import { toCallError } from './channel-error.ts';

type OutgoingRequest = {
  readonly url: string;
  readonly method: string;
  readonly body?: unknown;
  timeout: number;
};
type Policy = {
  name: string;
  sendRequest(
    request: OutgoingRequest,
    next: (request: OutgoingRequest) => Promise<unknown>,
  ): Promise<unknown>;
};
type Pipeline = {
  removePolicy(which: { name: string }): unknown;
  addPolicy(policy: Policy, options?: { phase: 'Sign' }): void;
};

/** Teams answers within seconds, or the connection is broken. */
const answerLimitMs = 15_000;
/** The token of the bot may have to be fetched first. */
const callLimitMs = 25_000;

/** How many requests of a turn have left, noted next to the wire, and whether none may leave any more. */
const departures = new WeakMap<Pipeline, { count: number; isOver: boolean }>();

/**
 * Prepares a turn on the way out: without botbuilder's own retries, which repeat a POST that may have been taken and do not count towards the limits, and
 * with a limit for the time of each request.
 */
export function watchRequests(context: TurnContext): void {
  const pipeline = findPipeline(context);
  if (!pipeline) return;
  const departed = { count: 0, isOver: false };
  departures.set(pipeline, departed);
  pipeline.removePolicy({ name: 'defaultRetryPolicy' });
  pipeline.addPolicy(
    {
      name: 'watchRequests',
      sendRequest(request, next) {
        request.timeout = answerLimitMs;
        // Somebody waited for a token in vain, and what they had to say is said in another turn.
        if (departed.isOver) throw new Error('The request comes too late.');
        if (request.method !== 'GET') departed.count += 1;
        return next(request);
      },
    },
    { phase: 'Sign' },
  );
}

/**
 * Makes one call. Rejects with the connector's error, or with a `NotSentError` or a `NoAnswerError`, within half a minute; after that, nothing more of the
 * turn leaves.
 */
export async function callConnector<Result>(
  context: TurnContext,
  { mayRepeat }: { readonly mayRepeat: boolean },
  call: () => Promise<Result>,
): Promise<Result> {
  const pipeline = findPipeline(context);
  const departed = pipeline && departures.get(pipeline);
  const before = departed?.count ?? 0;
  const done = new AbortController();
  const late = delay(callLimitMs, undefined, { signal: done.signal, ref: false }).then(() => {
    if (departed) departed.isOver = true;
    throw new DOMException('No answer in time.', 'TimeoutError');
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([call(), late]);
  } catch (error) {
    throw toCallError(error, { hasLeft: !departed || departed.count > before, mayRepeat });
  } finally {
    done.abort();
  }
}

/** Changes what this turn asks of the connector, after the client has put it into words. */
export function amendRequests(
  context: TurnContext,
  amend: (request: OutgoingRequest) => Partial<OutgoingRequest>,
): void {
  findPipeline(context)?.addPolicy({
    name: 'amendRequests',
    sendRequest: (request, next) => next(Object.assign(request, amend(request))),
  });
}

/** What this turn's client of the connector does with each request. It is made anew for each turn. */
function findPipeline({ turnState, adapter }: TurnContext): Pipeline | undefined {
  const key = (adapter as TeamsAdapter).ConnectorClientKey;
  return turnState.get<{ client: { pipeline: Pipeline } }>(key)?.client.pipeline;
}
