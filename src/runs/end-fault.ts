import {
  isSameRefusal,
  mayHaveBeenHeard,
  type CancelOutcome,
  type CancelRefusal,
} from '../domain/cancel-outcome.ts';
import { ChaosError, toChaosError } from '../domain/chaos-error.ts';
import type { RunEvent } from '../domain/run-event.ts';
import { mayHaveFault, type Run } from '../domain/run.ts';
import type { CancelHow, FaultGateway } from './ports/fault-gateway.ts';
import type { Log } from './ports/log.ts';
import { record, type RecordDeps } from './record.ts';
import { settleWithin } from '../time/settle-within.ts';

export type EndFaultDeps = RecordDeps & { readonly faults: FaultGateway; readonly log: Log };

/** Longer than Azure usually takes to accept; after it people are told that it does not answer. */
const answerLimitMs = 5_000;
const recordLimitMs = 1_000;

/**
 * Asks Azure to end the fault of a run and tells proposer and approvers at once when Azure refuses or does not answer. Never rejects. The outcome is not
 * recorded here: ending the fault must not wait for the database.
 */
export async function askToEndFault(
  run: Run,
  deps: Pick<EndFaultDeps, 'faults' | 'log' | 'announcer'>,
  how: CancelHow = {},
): Promise<CancelOutcome> {
  const asked = deps.faults.cancel(run, how).catch((thrown: unknown) => {
    deps.log.error({ runId: run.id, error: thrown }, 'The fault could not be cancelled.');
    return { kind: 'refused' as const, refusal: toRefusal(toChaosError(thrown)) };
  });
  const outcome = (await settleWithin(answerLimitMs, asked)) ?? toUnanswered(run, deps);
  if (outcome.kind === 'refused' && !isSameRefusal(run.refusedCancel, outcome.refusal))
    deps.announcer.cancelRefused(run, outcome.refusal);
  if (outcome.kind === 'accepted' && run.refusedCancel) deps.announcer.cancelAccepted(run);
  return outcome;
}

/** Returns the entries that the outcome adds to the journal of the run as it is now; `askedAt`: when Azure was asked first. What it accepts after a refusal was asked anew. */
export function toCancelEvents(
  run: Run,
  outcome: CancelOutcome,
  { because, askedAt }: { readonly because: string; readonly askedAt?: number | undefined },
): RunEvent[] {
  if (!mayHaveFault(run)) return [];
  if (outcome.kind === 'accepted') {
    const wasRefused = run.refusedCancel !== undefined;
    const isNew = run.cancelRequestedAt === undefined || wasRefused;
    const asked = askedAt === undefined || wasRefused ? {} : { askedAt };
    const wasHeard = run.refusedCancel !== undefined && mayHaveBeenHeard(run.refusedCancel);
    const heard = wasHeard ? ({ isHeardBefore: true } as const) : {};
    return isNew ? [{ type: 'cancel-requested', because, ...asked, ...heard }] : [];
  }
  if (outcome.kind !== 'refused') return [];
  if (isSameRefusal(run.refusedCancel, outcome.refusal)) return [];
  const { problem, status, code } = outcome.refusal;
  return [
    {
      type: 'cancel-refused',
      problem,
      ...(status === undefined ? {} : { status }),
      ...(code === undefined ? {} : { code }),
    },
  ];
}

/** Asks to end a fault that must not be left behind; records a refusal and rejects with it. */
export async function requireCancel(run: Run, deps: EndFaultDeps): Promise<void> {
  const outcome = await askToEndFault(run, deps);
  if (outcome.kind === 'accepted' || outcome.kind === 'withheld') return;
  await recordCancel(run, outcome, deps);
  const { problem, suggestion } = outcome.kind === 'refused' ? outcome.refusal : notDue;
  throw new ChaosError(problem, `Azure did not end the fault of ${run.id}.`, { suggestion });
}

/** Records a refusal, or that Azure accepted after one. Waits a moment at most and never rejects. */
export async function recordCancel(
  run: Run,
  outcome: CancelOutcome,
  deps: EndFaultDeps,
): Promise<void> {
  const recorded = record(
    run.id,
    (current) => ({
      events: toCancelEvents(current, outcome, { because: 'stopped by a person' }),
      outcome: undefined,
    }),
    deps,
  );
  await settleWithin(recordLimitMs, recorded).catch((error: unknown) => {
    deps.log.error({ runId: run.id, error }, 'The answer to a cancel could not be recorded.');
  });
}

const notDue = {
  problem: 'azure-throttled',
  suggestion: 'It is asked again within a minute.',
} as const;

function toUnanswered(run: Run, { faults }: Pick<EndFaultDeps, 'faults'>): CancelOutcome {
  const portalUrl = faults.portalUrl?.(run);
  return {
    kind: 'refused',
    refusal: {
      problem: 'azure-unreachable',
      sentence: '',
      suggestion: 'Check the network of the bot and the status of Azure.',
      ...(portalUrl === undefined ? {} : { portalUrl }),
    },
  };
}

function toRefusal({ code, suggestion }: ChaosError): CancelRefusal {
  return { problem: code, sentence: '', suggestion };
}
