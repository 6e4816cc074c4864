import { toRunId, type RunId } from '../domain/ids.ts';
import { toDigest } from '../domain/proposal.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/run.ts';
import { draftProposal, type DraftDeps } from './draft-proposal.ts';
import { toFrozenError } from './freeze.ts';
import type { Entropy, FreezeStore } from './ports.ts';
import type { RecordDeps } from './record.ts';
import type { ProposeRequest } from './use-cases.ts';

export type ProposeDeps = RecordDeps &
  DraftDeps & { readonly entropy: Entropy; readonly freezes: FreezeStore };

/** Freezes what is asked for, with the pods that match now, as a proposal with its digest. Nothing is injected. */
export async function proposeRun(request: ProposeRequest, deps: ProposeDeps): Promise<Run> {
  const known = await findProposed(request, deps);
  if (known) return known;
  const frozen = await deps.freezes.current();
  if (frozen) throw toFrozenError(frozen);
  const proposal = await draftProposal(request, deps);
  const digest = toDigest(proposal, deps.entropy.sha256);
  const event = { type: 'proposed', proposal, digest, origin: request.origin } as const;
  const { run, isNew } = await create(event, deps);
  if (isNew) deps.announcer.runChanged(run);
  return run;
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

/**
 * A request that has a key makes a run whose id follows from it, so that of two deliveries at once one makes it and the other finds it. An id that
 * another run has already is given up for a random one.
 */
async function create(
  event: Extract<RunEvent, { type: 'proposed' }>,
  { runs, entropy }: ProposeDeps,
): Promise<{ run: Run; isNew: boolean }> {
  const { requestKey } = event.origin;
  let runId = requestKey === undefined ? newRunId(entropy) : toRequestedRunId(requestKey, entropy);
  for (;;) {
    const run = await runs.create(runId, event);
    if (run) return { run, isNew: true };
    const other = await runs.find(runId);
    if (requestKey !== undefined && other?.origin.requestKey === requestKey)
      return { run: other, isNew: false };
    runId = newRunId(entropy);
  }
}

const newRunId = (entropy: Entropy): RunId => toRunId(entropy.randomBytes(6));

function toRequestedRunId(requestKey: string, { sha256 }: Entropy): RunId {
  const hex = sha256(requestKey).slice(0, 12);
  return toRunId(Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}
