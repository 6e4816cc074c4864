import { compareRuns, type Comparison } from '../domain/compare-runs.ts';
import type { RunId } from '../domain/ids.ts';
import type { Person } from '../domain/person.ts';
import { runNotFound } from '../domain/run-not-found.ts';
import type { Phase, Run } from '../domain/run.ts';
import { cutRunPage, toShownPage, type PageRequest, type RunPage } from '../domain/run-page.ts';
import type { ActiveRuns } from './active-runs.ts';
import type { JournalCopier } from './copy-journal.ts';
import { findVisible, isRestricted, requireReader, type EntitleDeps } from './entitle.ts';
import type { Clock } from './ports/clock.ts';
import type { JournalEntry, RunStore } from './ports/run-store.ts';
import type { Audit, RunView, SummarizeRequest } from './use-cases.ts';

export type ReadDeps = EntitleDeps & {
  readonly runs: RunStore;
  readonly active: ActiveRuns;
  /** Where a copy of the journal is kept. */
  readonly copier?: JournalCopier;
  readonly clock: Clock;
};

/** Who reads, and where. */
type Reader = { readonly by: Person; readonly conversationId: string };

const notEnded: readonly Phase[] = [
  'proposed',
  'approved',
  'baseline',
  'inject',
  'observe',
  'recover',
];
const dayMs = 24 * 3_600_000;

export async function findRun(
  { runId, by }: { readonly runId: RunId; readonly by: Person },
  deps: ReadDeps,
): Promise<RunView> {
  const run = await deps.runs.find(runId);
  if (!run) throw runNotFound(runId);
  await requireReader(by, run, deps);
  return toView(run, deps);
}

/** The named run, or every run of the conversation that is not ended. */
export async function readStatus(
  { runId, by, conversationId }: Reader & { readonly runId?: RunId },
  deps: ReadDeps,
): Promise<readonly RunView[]> {
  if (runId) return [await findRun({ runId, by }, deps)];
  const open = await deps.runs.list({ phases: notEnded, conversationId });
  return (await findVisible(by, open, deps)).map((run) => toView(run, deps));
}

/** Where some may not see all runs, this many more than a page are read, to tell how many follow. */
const lookAhead = 100;

/** A page of the runs of the conversation, newest first. Where everybody may see every run, no other run is read. */
export async function readHistory(
  { by, conversationId, ...asked }: Reader & PageRequest,
  deps: ReadDeps,
): Promise<RunPage> {
  if (isRestricted('see', deps.catalogue)) {
    const limit = asked.page * asked.size + lookAhead;
    const newest = await deps.runs.list({ conversationId, limit });
    return cutRunPage(await findVisible(by, newest, deps), asked, newest.length >= limit);
  }
  const { size } = asked;
  const total = await deps.runs.count({ conversationId });
  const page = toShownPage(asked, total);
  const offset = (page - 1) * size;
  const runs = await deps.runs.list({ conversationId, offset, limit: size });
  return { runs, page, left: Math.max(0, total - page * size), isOpen: false };
}

/** The named run if it has ended, the conversation's runs of the span that have, or its last one. Newest first. */
export async function readSummaries(
  request: SummarizeRequest,
  deps: ReadDeps,
): Promise<readonly Run[]> {
  const { runId, by, span, conversationId } = request;
  if (runId) return [(await findRun({ runId, by }, deps)).run];
  const ended = { phases: ['ended'] as const, conversationId };
  if (span === undefined)
    return findVisible(by, await deps.runs.list({ ...ended, limit: 1 }), deps);
  const now = deps.clock.now();
  const since = span === 'today' ? now - (now % dayMs) : now - 7 * dayMs;
  return findVisible(by, await deps.runs.list({ ...ended, since }), deps);
}

/**
 * Verifies the journal of all runs, since one run's chain alone does not show that others are missing. Of a long journal, what was verified before is left
 * out.
 */
export async function auditJournal(
  { runId, by }: { readonly runId?: RunId; readonly by: Person },
  deps: ReadDeps,
): Promise<Audit> {
  if (runId !== undefined) await findRun({ runId, by }, deps);
  const { runs, copier } = deps;
  const verified = await runs.verify({ resume: true, ...(runId === undefined ? {} : { runId }) });
  const report = { ...verified, ...(copier ? { copy: toCopy(copier) } : {}) };
  return runId === undefined ? { report } : { report, entries: await readJournal(runId, deps) };
}

/** Among so many runs of a conversation before it, a run is compared to those of its kind. */
const comparedAmong = 30;

/** How a run came out beside the earlier ones of its kind in the same conversation; undefined when there are none. */
export async function compareToEarlier(
  run: Run,
  { runs }: Pick<ReadDeps, 'runs'>,
): Promise<Comparison | undefined> {
  const { origin, proposal } = run;
  const earlier = await runs.list({
    phases: ['ended'],
    conversationId: origin.conversationId,
    before: proposal.proposedAt,
    limit: comparedAmong,
  });
  return compareRuns(run, earlier);
}

/** Oldest entry first. Rejects with `run-not-found`. */
export async function readJournal(
  runId: RunId,
  { runs }: Pick<ReadDeps, 'runs'>,
): Promise<readonly JournalEntry[]> {
  const entries = await runs.journal(runId);
  if (entries.length === 0) throw runNotFound(runId);
  return entries;
}

/** As the copier knows it: to compare each entry takes longer than somebody in a chat waits. */
function toCopy(copier: JournalCopier): Required<Audit['report']>['copy'] {
  const { copied, difference } = copier.state();
  return { entries: copied, ...(difference ? { problem: difference } : {}) };
}

function toView(run: Run, { active }: ReadDeps): RunView {
  const progress = active.progressOf(run.id);
  const ahead = active.aheadOf(run.id);
  return {
    run,
    ...(progress ? { progress } : {}),
    ...(ahead === undefined ? {} : { ahead }),
  };
}
