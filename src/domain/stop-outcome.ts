import type { BrokenRule } from './access.ts';
import type { RunId } from './ids.ts';
import type { Run } from './run.ts';

/** What a request to stop brought about. */
export type StopOutcome =
  | ({ readonly kind: 'stopping' } & StopResult)
  | ({ readonly kind: 'nothing-to-stop' } & Pick<StopResult, 'waiting' | 'unknown'>)
  /** The database did not answer in time; everything that runs in Azure was cancelled all the same. */
  | { readonly kind: 'cancelled-blindly'; readonly experiments: readonly string[] };

export type StopResult = {
  /** Those of the stopped runs that the person may see. */
  readonly runs: readonly Run[];
  /** The others. */
  readonly hidden: readonly RunId[];
  /** Proposals of the conversation that wait for approval and were left alone. */
  readonly waiting: readonly Run[];
  /** Ids that were named and are of no run. */
  readonly unknown: readonly RunId[];
  /** Runs that the person was not allowed to stop, and which are stopped all the same, as far as that is known yet. */
  readonly disallowed: readonly { readonly runId: RunId; readonly rule: BrokenRule }[];
};
