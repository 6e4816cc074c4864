import type { RunId } from '../domain/ids.ts';
import type { Phase, Run } from '../domain/run.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { JournalCopier } from './copy-journal.ts';
import type { Clock, RunStore } from './ports.ts';
import { runNotFound } from './stop-run.ts';
import type { Audit, RunView, SummarizeRequest } from './use-cases.ts';

export type ReadDeps = {
  readonly runs: RunStore;
  readonly active: ActiveRuns;
  /** Where a copy of the journal is kept. */
  readonly copier?: JournalCopier;
  readonly clock: Clock;
};

const notEnded: readonly Phase[] = [
  'proposed',
  'approved',
  'baseline',
  'inject',
  'observe',
  'recover',
];
const historyLength = 20;
const dayMs = 24 * 3_600_000;

export async function findRun(runId: RunId, deps: ReadDeps): Promise<RunView> {
  const run = await deps.runs.find(runId);
  if (!run) throw runNotFound(runId);
  return toView(run, deps);
}

/** The named run, or every run of the conversation that is not ended. */
export async function readStatus(
  { runId, conversationId }: { runId?: RunId; conversationId: string },
  deps: ReadDeps,
): Promise<readonly RunView[]> {
  if (runId) return [await findRun(runId, deps)];
  const open = await deps.runs.list({ phases: notEnded, conversationId });
  return open.map((run) => toView(run, deps));
}

/** The newest runs of the conversation. */
export function readHistory(conversationId: string, { runs }: ReadDeps): Promise<readonly Run[]> {
  return runs.list({ conversationId, limit: historyLength });
}

/** The named run if it has ended, the conversation's runs of the span that have, or its last one. Newest first. */
export async function readSummaries(
  request: SummarizeRequest,
  deps: ReadDeps,
): Promise<readonly Run[]> {
  const { runId, span, conversationId } = request;
  if (runId) return [(await findRun(runId, deps)).run];
  const ended = { phases: ['ended'] as const, conversationId };
  if (span === undefined) return deps.runs.list({ ...ended, limit: 1 });
  const now = deps.clock.now();
  const since = span === 'today' ? now - (now % dayMs) : now - 7 * dayMs;
  return deps.runs.list({ ...ended, since });
}

/** Verifies the whole journal, since one run's chain alone does not show that others are missing. */
export async function auditJournal(
  { runId }: { runId?: RunId },
  { runs, copier }: ReadDeps,
): Promise<Audit> {
  const report = { ...(await runs.verify()), ...(copier ? { copy: toCopy(copier) } : {}) };
  if (runId === undefined) return { report };
  const entries = await runs.journal(runId);
  if (entries.length === 0) throw runNotFound(runId);
  return { report, entries };
}

/** As the copier knows it: to compare each entry takes longer than somebody in a chat waits. */
function toCopy(copier: JournalCopier): Required<Audit['report']>['copy'] {
  const { copied, difference } = copier.state();
  return { entries: copied, ...(difference ? { problem: difference } : {}) };
}

function toView(run: Run, { active }: ReadDeps): RunView {
  const progress = active.progressOf(run.id);
  return progress ? { run, progress } : { run };
}
