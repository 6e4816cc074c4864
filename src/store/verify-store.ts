import type { Kysely } from 'kysely';
import type { AuditProblem, AuditReport } from '../domain/audit.ts';
import type { RunId } from '../domain/ids.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { Verifying } from '../runs/ports/run-store.ts';
import { readNewestAnchor } from './anchors.ts';
import type { Tables } from './database.ts';
import { verifyJournal } from './verify-journal.ts';
import { createJournalPages } from './verify/journal-pages.ts';
import { Turns } from './verify/turns.ts';
import type { VerifiedMark, VerifiedMarks } from './verify/verified-marks.ts';

export type VerifierOptions = {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
  readonly clock: { now(): number };
  /** How far the journal was verified. Without them each verification is of the whole journal. */
  readonly marks?: VerifiedMarks;
  /** A journal with fewer entries is verified as a whole each time. */
  readonly smallJournal?: number;
  /** Called with what a verification in the background found. */
  readonly onProblem?: (problem: AuditProblem) => void;
};

export type Verifier = (asked?: Verifying) => Promise<AuditReport>;

/** This many entries are verified in a few seconds. */
const defaultSmallJournal = 10_000;
/** After this time, an audit that goes on from a mark also starts a verification of the whole journal, which nobody waits for. */
const refreshAfterMs = 3_600_000;
/** An older mark is not gone on from. */
const longestTrustMs = 7 * 24 * 3_600_000;

/**
 * Returns a function that verifies everything that was recorded when it is called, or what was recorded since it was last verified. It reads in short
 * statements, so that others reach the database in between. A call while the whole journal is being verified gets the result of that verification.
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { sql, sha256, clock, marks, onProblem } = options;
  const { smallJournal = defaultSmallJournal } = options;
  let running: Promise<AuditReport> | undefined;
  return async ({ resume = false, runId } = {}) => {
    const mark = resume ? await findMark() : undefined;
    if (!mark) return verifyAll();
    const report = await verifyFrom(mark, runId);
    // Whoever tampered may have done so before the mark as well: the whole journal shows where first.
    if (report.problem) return verifyAll();
    if (clock.now() - mark.fullAt > refreshAfterMs) refresh();
    return report;
  };

  async function findMark(): Promise<VerifiedMark | undefined> {
    const mark = await marks?.find();
    const ageMs = clock.now() - (mark?.fullAt ?? 0);
    const isTrusted = ageMs >= 0 && ageMs <= longestTrustMs;
    return mark && isTrusted && mark.entries >= smallJournal ? mark : undefined;
  }

  function verifyAll(): Promise<AuditReport> {
    running ??= verify().finally(() => (running = undefined));
    return running;
  }

  /** What it finds is in the log, and in the next audit. */
  function refresh(): void {
    void verifyAll().then(
      ({ problem }) => problem && onProblem?.(problem),
      () => undefined,
    );
  }

  async function verify(): Promise<AuditReport> {
    const fullAt = clock.now();
    const turns = new Turns();
    const head = await readNewestAnchor(sql);
    const report = await verifyJournal({
      pages: createJournalPages(sql, turns),
      head,
      sha256,
      turns,
    });
    if (report.problem) await attempt(marks?.forget());
    else if (head) await attempt(marks?.save({ anchor: head, ...countOf(report), fullAt }));
    return report;
  }

  async function verifyFrom(mark: VerifiedMark, runId?: RunId): Promise<AuditReport> {
    const turns = new Turns();
    const head = await readNewestAnchor(sql);
    const report = await verifyJournal({
      pages: createJournalPages(sql, turns),
      head,
      since: { ...mark, runIds: runId === undefined ? [] : [runId] },
      sha256,
      turns,
    });
    const { fullAt } = mark;
    const isNewer = head && head.sequence > mark.anchor.sequence;
    if (isNewer && !report.problem)
      await attempt(marks?.save({ anchor: head, ...countOf(report), fullAt }));
    return { ...report, fullAt };
  }
}

/** A database that takes no writes is verified all the same. */
async function attempt(writing: Promise<void> | undefined): Promise<void> {
  await writing?.catch(() => undefined);
}

function countOf({ runs, entries }: AuditReport) {
  return { runs, entries };
}
