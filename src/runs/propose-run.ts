import { toDigest } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import { createRun, toRequestedRunId, type CreateDeps } from './create-run.ts';
import { draftProposal, type DraftDeps } from './draft-proposal.ts';
import { toFrozenError } from './freeze.ts';
import type { FreezeStore } from './ports/freeze-store.ts';
import type { ProposeRequest } from './use-cases.ts';

export type ProposeDeps = CreateDeps & DraftDeps & { readonly freezes: FreezeStore };

/** Freezes what is asked for, with the pods that match now, as a proposal with its digest. Nothing is injected. */
export async function proposeRun(request: ProposeRequest, deps: ProposeDeps): Promise<Run> {
  const known = await findProposed(request, deps);
  if (known) return known;
  const frozen = await deps.freezes.current();
  if (frozen) throw toFrozenError(frozen);
  const proposal = await draftProposal(request, deps);
  const digest = toDigest(proposal, deps.entropy.sha256);
  const event = { type: 'proposed', proposal, digest, origin: request.origin } as const;
  return createRun(event, deps);
}

/** The run that the same request made when it came in before. */
async function findProposed(
  { origin: { requestKey } }: ProposeRequest,
  { runs, entropy }: ProposeDeps,
): Promise<Run | undefined> {
  if (requestKey === undefined) return undefined;
  const run = await runs.find(toRequestedRunId(requestKey, entropy));
  return run?.origin.requestKey === requestKey ? run : undefined;
}
