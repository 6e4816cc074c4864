import { ChaosError } from '../domain/chaos-error.ts';
import { isTransient, readFailure, type AzureFailure } from './azure-error.ts';
import { mostCancels, type CancelPace } from './cancel-pace.ts';
import type { Clock } from '../runs/ports/clock.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { isOngoing, listExecutions } from './executions.ts';

/** How long a cancel of everything is repeated: nobody else repeats it. */
export const cancelLimitMs = 30_000;
const lookAgainMs = 1_000;
/** A failure that comes fast is repeated at once, before people are alarmed. */
const quickFailureMs = 2_000;
const quickDelaysMs = [250, 500] as const;

/** What a request to end a fault is made with. */
export type Cancelling = ChaosStudio & {
  /** Never set back, as that of the pace. */
  readonly clock: Clock;
  /** For times that people are told. */
  readonly wall: Pick<Clock, 'now'>;
  readonly pace: CancelPace;
  /** The cancels of everything that are under way, by what they end: whoever asks for the same waits for the same answer. */
  readonly underway: Map<string, Promise<void>>;
};

/**
 * The answer to one attempt. `waiting`: the next one is not due; `held`: the first one has to wait for Azure's limit; `withheld`: it must not
 * be sent.
 */
type Asked =
  | { readonly kind: 'accepted' | 'waiting' | 'withheld' }
  | { readonly kind: 'held'; readonly forMs: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Asks Azure once to end what the experiment runs, with quick repeats of failures that pass by themselves. A role that is missing, a limit and anything
 * slow are reported at once; the caller asks again, and the pace says when. Resolves once Azure has accepted, or when nothing runs.
 */
export async function askCancel(
  { experimentName, fault, urgent, mayCancel }: CancelRequest,
  studio: ChaosStudio & Pick<Cancelling, 'pace'>,
): Promise<Asked> {
  const { pace, clock } = studio;
  const forMs = pace.heldForMs(fault);
  if (forMs !== undefined) return { kind: 'held', forMs };
  if (!pace.take(fault, urgent)) return { kind: 'waiting' };
  if (mayCancel && !(await mayCancel())) {
    pace.withheld(fault);
    return { kind: 'withheld' };
  }
  for (let attempt = 0; ; attempt += 1) {
    const startedAt = clock.now();
    try {
      await sendCancel(experimentName, studio);
      pace.accepted(fault);
      return { kind: 'accepted' };
    } catch (error) {
      const failure = readFailure(error);
      const isQuick = clock.now() - startedAt < quickFailureMs && isRepeated(failure);
      const delayMs = isQuick ? quickDelaysMs[attempt] : undefined;
      if (delayMs !== undefined) await clock.sleep(delayMs);
      if (delayMs === undefined || !pace.repeat()) {
        pace.refused(fault, failure.retryAfterMs);
        return { kind: 'failed', error };
      }
    }
  }
}

export type CancelRequest = {
  readonly experimentName: string;
  /** Names the fault to the pace. */
  readonly fault: string;
  readonly urgent: boolean;
  /** Asked right before the request is sent; everything may be cancelled without it. */
  readonly mayCancel?: () => Promise<boolean>;
};

function isRepeated(failure: AzureFailure): boolean {
  return failure.statusCode !== 429 && mayPass(failure);
}

function mayPass(failure: AzureFailure): boolean {
  return isTransient(failure) || isRefusedForNow(failure);
}

/** The same until Azure accepts, for 30 s at most and as the pace allows. Rejects as the SDK does. */
export async function cancelExperiment(
  experimentName: string,
  fault: string,
  studio: Cancelling,
): Promise<void> {
  const { clock, wall, pace } = studio;
  const endsAt = clock.now() + cancelLimitMs;
  let last: unknown = limitReached(experimentName, wall.now() + cancelLimitMs);
  for (let urgent = true; clock.now() < endsAt; urgent = false) {
    const outcome = await askCancel({ experimentName, fault, urgent }, studio);
    if (outcome.kind === 'accepted') return;
    // Somebody has asked for the same a moment ago, and Azure is at it.
    if (outcome.kind === 'waiting' && pace.acceptedAt(fault) !== undefined) return;
    if (outcome.kind === 'held' && clock.now() + outcome.forMs >= endsAt)
      throw limitReached(experimentName, wall.now() + outcome.forMs);
    if (outcome.kind === 'failed') last = outcome.error;
    if (outcome.kind === 'failed' && !mayPass(readFailure(last))) break;
    await clock.sleep(lookAgainMs);
  }
  throw last;
}

/** The error for a fault that nobody may ask Azure to end before `until`. */
export function limitReached(experimentName: string, until: number): ChaosError {
  const at = `${new Date(until).toISOString().slice(11, 19)} UTC`;
  return new ChaosError(
    'azure-throttled',
    `The request to end ${experimentName} was not sent: the ${mostCancels} cancels that Azure allows in five minutes are used up until ${at}.`,
    {
      suggestion:
        'Open the experiment in the Azure portal and choose Stop. If Azure refuses that for the same limit, delete the Chaos Mesh object of the fault in the cluster.',
    },
  );
}

async function sendCancel(experimentName: string, studio: ChaosStudio): Promise<void> {
  const { experiments, resourceGroup } = studio;
  let accepted = false;
  const onResponse = ({ status }: { status: number }) => {
    accepted ||= status < 300;
  };
  try {
    await experiments.beginCancel(resourceGroup, experimentName, { onResponse });
  } catch (error) {
    if (accepted) return;
    if (isRefusedForNow(readFailure(error)) && !(await hasOngoing(experimentName, studio))) return;
    throw error;
  }
}

/** Azure found nothing to cancel, or the experiment in a state in which it cannot be cancelled yet. */
function isRefusedForNow({ statusCode }: AzureFailure): boolean {
  return statusCode !== undefined && [400, 404, 409, 412, 422].includes(statusCode);
}

async function hasOngoing(experimentName: string, studio: ChaosStudio): Promise<boolean> {
  return (await listExecutions(experimentName, studio)).some(isOngoing);
}
