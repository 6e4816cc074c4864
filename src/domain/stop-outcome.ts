import type { BrokenRule } from './access.ts';
import type { CancelRefusal } from './cancel-outcome.ts';
import type { ChaosError } from './chaos-error.ts';
import type { RunId } from './ids.ts';
import type { Run } from './run.ts';

/** What a request to stop brought about. */
export type StopOutcome =
  | ({ readonly kind: 'stopping' } & StopResult)
  | ({ readonly kind: 'nothing-to-stop' } & Pick<StopResult, 'waiting' | 'unknown' | 'ended'>)
  /** The database did not answer in time; everything that runs in Azure was cancelled all the same. */
  | ({ readonly kind: 'cancelled-blindly' } & BlindStop);

export type BlindStop = {
  /** The runs that were stopped here. */
  readonly stopped: readonly RunId[];
  /** The runs whose fault Azure has not accepted to end yet. */
  readonly refused: readonly RunId[];
  /** Whether the stop is written to the bot's own disk, from where the journal gets it. */
  readonly isKept: boolean;
  /** What else ran in Azure and was cancelled; undefined where Azure has not said, or where something could not be cancelled. */
  readonly experiments: readonly string[] | undefined;
  /** How many experiments of other installations run, or may run, in Azure, and were left alone; absent where Azure has not said. */
  readonly leftAlone?: number;
  /** Why not everything else could be cancelled. */
  readonly problem?: ChaosError;
  /** The answer of Azure that came too late for this one. Never rejects. */
  readonly later?: Promise<Elsewhere>;
};

/** What became of everything that runs in Azure under this bot's experiments. */
export type Elsewhere = Pick<BlindStop, 'experiments' | 'leftAlone' | 'problem'>;

export type StopResult = {
  /** Those of the stopped runs that the person may see. */
  readonly runs: readonly Run[];
  /** The others. */
  readonly hidden: readonly RunId[];
  /** Those of the runs whose fault was gone already, and until when they are measured, ms since the epoch, where that is known; absent where none was. */
  readonly measured?: readonly MeasuredUntil[];
  /** Proposals that wait for approval and were left alone, also because the person may not withdraw them. */
  readonly waiting: readonly Run[];
  /** Ids that were named and are of no run. */
  readonly unknown: readonly RunId[];
  /** Runs that were named and had ended before. */
  readonly ended: readonly RunId[];
  /** Runs that the person was not allowed to stop, and which are stopped all the same, as far as that is known yet. */
  readonly disallowed: readonly { readonly runId: RunId; readonly rule: BrokenRule }[];
  /** Runs among the stopped whose stop is in memory only: neither the database nor the disk has taken it. */
  readonly unkept: readonly RunId[];
  /** Runs among the stopped whose fault Azure has not accepted to end yet, and why. */
  readonly refused: readonly { readonly runId: RunId; readonly refusal: CancelRefusal }[];
};

/** `isLatest`: it may be over before that, as soon as the service has recovered. `isRecorded`: the journal has that this person asked. */
export type MeasuredUntil = {
  readonly runId: RunId;
  readonly until?: number;
  readonly isLatest?: boolean;
  readonly isRecorded?: true;
};

/** Returns what two requests together brought about. */
export function joinStops(one: StopOutcome, other: StopOutcome): StopOutcome {
  if (one.kind === 'cancelled-blindly') return one;
  if (other.kind === 'cancelled-blindly') return other;
  const [left, right] = [toResult(one), toResult(other)];
  const runs = [
    ...left.runs,
    ...right.runs.filter(({ id }) => !left.runs.some((run) => run.id === id)),
  ];
  const hidden = [...new Set([...left.hidden, ...right.hidden])];
  const waiting = left.waiting.filter(({ id }) => !runs.some((run) => run.id === id));
  const named = {
    unknown: [...left.unknown, ...right.unknown],
    ended: [...left.ended, ...right.ended],
  };
  if (runs.length + hidden.length === 0) return { kind: 'nothing-to-stop', waiting, ...named };
  const disallowed = [
    ...left.disallowed,
    ...right.disallowed.filter(({ runId }) => !left.disallowed.some((one) => one.runId === runId)),
  ];
  const unkept = [...new Set([...left.unkept, ...right.unkept])];
  const refused = [
    ...left.refused,
    ...right.refused.filter(({ runId }) => !left.refused.some((one) => one.runId === runId)),
  ];
  const measured = [
    ...(left.measured ?? []),
    ...(right.measured ?? []).filter(({ runId }) => !left.runs.some(({ id }) => id === runId)),
  ];
  return {
    kind: 'stopping',
    runs,
    hidden,
    waiting,
    ...named,
    disallowed,
    unkept,
    refused,
    measured,
  };
}

function toResult(outcome: Exclude<StopOutcome, { kind: 'cancelled-blindly' }>): StopResult {
  return { runs: [], hidden: [], disallowed: [], unkept: [], refused: [], ...outcome };
}
