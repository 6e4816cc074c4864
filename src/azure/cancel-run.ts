import type { CancelOutcome, CancelRefusal } from '../domain/cancel-outcome.ts';
import type { Run } from '../domain/run.ts';
import type { FaultGateway } from '../runs/ports/fault-gateway.ts';
import { readFailure, toAzureError } from './azure-error.ts';
import { betweenUrgentMs } from './cancel-pace.ts';
import { quoteAzure } from './quote-azure.ts';
import { askCancel, limitReached, type Cancelling } from './cancel-experiment.ts';
import { runsForAnother } from './runs-for-another.ts';
import { toPortalUrl, type PortalPlace } from './portal-url.ts';

export type CancellerOptions = Cancelling & PortalPlace;

/** A cancel that Azure accepted is not repeated this soon: Azure needs some time to remove a fault. */
const betweenAcceptedMs = 10_000;

type Cancel = (
  run: Run,
  experimentName: string,
  how?: Parameters<FaultGateway['cancel']>[1],
) => Promise<CancelOutcome>;

/** Creates what ends the faults of runs: paced over all of them, one request at a time for each execution. */
export function createCanceller(options: CancellerOptions): Cancel {
  const underway = new Map<string, Promise<CancelOutcome>>();

  const send: Cancel = async (run, experimentName, { urgent = false, mayCancel } = {}) => {
    const isMeant = async () => {
      if (await runsForAnother(run, experimentName, options)) {
        options.log.warn({ runId: run.id, experimentName }, 'The experiment runs for another run.');
        return false;
      }
      return mayCancel ? mayCancel() : true;
    };
    const request = { experimentName, fault: toKey(run), urgent, mayCancel: isMeant };
    const outcome = await askCancel(request, options);
    if (outcome.kind === 'held') return toHeld(run, experimentName, outcome.forMs, options);
    if (outcome.kind === 'failed') {
      const refusal = toRefusal(outcome.error, experimentName, options);
      const { sentence: _sentence, ...facts } = refusal;
      options.log.error({ runId: run.id, ...facts }, 'Azure did not accept the end of a fault.');
      return { kind: 'refused', refusal };
    }
    if (outcome.kind === 'accepted')
      options.log.info({ runId: run.id, experimentName }, 'Azure was asked to end the fault.');
    return outcome;
  };

  /** Azure has accepted it a moment ago: a person asks, and the conductor of the run right after. */
  const isBeingEnded = (run: Run, { urgent = false }: Parameters<Cancel>[2] = {}) => {
    const acceptedAt = run.executionId && options.pace.acceptedAt(toKey(run));
    const limitMs = urgent ? betweenUrgentMs : betweenAcceptedMs;
    return typeof acceptedAt === 'number' && options.clock.now() - acceptedAt < limitMs;
  };

  return (run, experimentName, how) => {
    if (isBeingEnded(run, how)) return Promise.resolve({ kind: 'accepted' });
    // Before its execution is known, an earlier request may have found nothing to end: each one is sent.
    if (run.executionId === undefined) return send(run, experimentName, how);
    const key = toKey(run);
    const known = underway.get(key);
    // Whoever asked before may have lost the run since.
    if (known)
      return known.then((outcome) =>
        outcome.kind === 'withheld' ? send(run, experimentName, how) : outcome,
      );
    const sent = send(run, experimentName, how).finally(() => underway.delete(key));
    underway.set(key, sent);
    return sent;
  };
}

/** Once its execution is known, a fault is another one to the pace: the first attempt to end it leaves at once. */
function toKey({ id, executionId }: Run): string {
  return `${id} ${executionId ?? ''}`;
}

function toRefusal(
  thrown: unknown,
  experimentName: string,
  { resourceGroup, ...place }: CancellerOptions,
): CancelRefusal {
  const { statusCode, code, message } = readFailure(thrown);
  const error = toAzureError(thrown, `end the fault of ${experimentName}`);
  return {
    problem: error.code,
    ...(statusCode === undefined ? {} : { status: statusCode }),
    ...(statusCode !== undefined && isCode(code) ? { code } : {}),
    sentence: statusCode === undefined ? '' : quoteAzure(message),
    suggestion: error.suggestion,
    portalUrl: toPortalUrl(experimentName, { resourceGroup, ...place }),
  };
}

/** Nobody has asked Azure to end this fault yet, and nobody may: people must know. */
function toHeld(
  { id }: Run,
  experimentName: string,
  forMs: number,
  options: CancellerOptions,
): CancelOutcome {
  const heldUntil = options.wall.now() + forMs;
  options.log.warn({ runId: id, heldUntil }, "The end of a fault waits for Azure's limit.");
  const { suggestion } = limitReached(experimentName, heldUntil);
  const portalUrl = toPortalUrl(experimentName, options);
  return {
    kind: 'refused',
    refusal: { problem: 'azure-throttled', sentence: '', suggestion, portalUrl, heldUntil },
  };
}

/** The code is journaled: nothing else may pass for one. */
function isCode(code: string | undefined): code is string {
  return code !== undefined && /^[\w.-]{1,80}$/.test(code);
}
