import { toChaosError, type ChaosError } from '../../domain/chaos-error.ts';
import type { Elsewhere, StopOutcome } from '../../domain/stop-outcome.ts';
import { settleWithin } from '../../time/settle-within.ts';
import type { ActiveRuns } from '../active-runs.ts';
import type { EndFaultDeps } from '../end-fault.ts';
import { answerLimitMs, cancelNow, type Cancelling } from './cancel-now.ts';
import type { TimedStop } from './find-stoppable.ts';
import { keepIntent, type KeepDeps } from './keep-intent.ts';

export type CancelBlindlyDeps = EndFaultDeps & KeepDeps & { readonly active: ActiveRuns };

/** How long an answer waits where nothing was stopped here: for a list, a look and a cancel, each as long as Azure usually takes. */
const elsewhereLimitMs = 4_000;

/** Stops everything, here and in Azure, without the database, which does not answer, and keeps who said so until it does. Never rejects. */
export async function cancelBlindly(
  error: ChaosError,
  { by, via, at, runIds = [] }: TimedStop,
  here: Cancelling,
  deps: CancelBlindlyDeps,
): Promise<StopOutcome> {
  deps.log.error({ error }, 'Stop found no database; cancelling everything in Azure.');
  deps.active.stopAll({ by, via, at, isBlind: true });
  const runs = deps.active.list();
  const ending = runs.map((run) =>
    settleWithin(answerLimitMs, here.get(run.id) ?? cancelNow(run, deps)),
  );
  const everything = cancelElsewhere(deps);
  // The cancels have left: nothing of them waits for the disk.
  const meant = [...new Set([...runIds, ...runs.map(({ id }) => id)])];
  const keeping = keepIntent(
    { kind: 'stop', at, by, via, scope: 'everything', runIds: meant },
    deps,
  );
  const limitMs = runs.length > 0 ? answerLimitMs : elsewhereLimitMs;
  const [isKept, elsewhere, ...outcomes] = await Promise.all([
    keeping,
    settleWithin(limitMs, everything),
    ...ending,
  ]);
  const isRefused = runs.map((_, index) => {
    const kind = outcomes[index]?.kind;
    return kind !== 'accepted' && kind !== 'withheld';
  });
  return {
    kind: 'cancelled-blindly',
    stopped: runs.filter((_, index) => !isRefused[index]).map(({ id }) => id),
    refused: runs.filter((_, index) => isRefused[index]).map(({ id }) => id),
    isKept,
    ...(elsewhere ?? { experiments: undefined, later: everything }),
  };
}

/** Never rejects. */
async function cancelElsewhere({ faults, log }: CancelBlindlyDeps): Promise<Elsewhere> {
  try {
    const { cancelled, leftAlone } = await faults.cancelAll();
    return { experiments: cancelled, leftAlone };
  } catch (thrown) {
    log.error({ error: thrown }, 'Not everything in Azure could be cancelled.');
    return { experiments: undefined, problem: toChaosError(thrown) };
  }
}
