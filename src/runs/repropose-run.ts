import type { BlastRadius } from '../domain/proposal.ts';
import { toDigest } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import { createRun, type CreateDeps } from './create-run.ts';
import type { Clock } from './ports/clock.ts';

/**
 * Proposes the same again with the blast radius as it is now: what was approved is not what would run any more. Called twice for a run it gives the same
 * proposal.
 */
export async function reproposeRun(
  { id, proposal: before, origin: { requestKey: _first, ...origin } }: Run,
  { blastRadius, growth }: { blastRadius: BlastRadius; growth: string },
  deps: CreateDeps & { readonly clock: Clock },
): Promise<Run> {
  const proposedAt = deps.clock.now();
  const warnings = [`Changed since ${id} was approved: ${growth}.`, ...blastRadius.warnings];
  const proposal = {
    ...before,
    blastRadius: { ...blastRadius, warnings },
    proposedAt,
    expiresAt: proposedAt + before.expiresAt - before.proposedAt,
  };
  const digest = toDigest(proposal, deps.entropy.sha256);
  const event = { type: 'proposed', proposal, digest } as const;
  return createRun({ ...event, origin: { ...origin, requestKey: `again ${id}` } }, deps);
}
