import type { RunId } from '../../domain/ids.ts';

/** How long a process keeps its claim on a run without a sign of life, ms. After it another process may conduct the run. */
export const claimLastsMs = 10_000;

/** The right to conduct a run. Only the newest one counts: each process that takes the run over gets a higher epoch. */
export type Claim = { readonly runId: RunId; readonly epoch: number };

/** Who may conduct which run. Rejects with `store-unavailable`. */
export interface ClaimStore {
  /** Takes a run over from whoever conducted it: from then on every earlier claim is refused. */
  take(runId: RunId): Promise<Claim>;
  /** Whether nobody has taken the run over since. */
  isNewest(claim: Claim): Promise<boolean>;
}
