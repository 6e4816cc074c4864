import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createAzureCredential } from './azure/credential.ts';
import { createJournalContainer } from './azure/journal-container.ts';
import { objectId } from './chaos-yaml/units.ts';
import { containerUrlProblem, journalContainerUrl } from './environment.ts';
import type { AuditReport } from './domain/audit.ts';
import { parseRunId, type ObjectId, type RunId } from './domain/ids.ts';
import { foldRun } from './domain/run.ts';
import { explainJournalError, readJournalSetting } from './journal-setting.ts';
import { toChaosToolkitJournal } from './reports/to-chaos-toolkit-journal.ts';
import { compareCopy } from './runs/compare-copy.ts';
import { openJournal, type Journal } from './store/open-journal.ts';

/**
 * Looks at the journal from outside of the bot: `npm run audit -- verify`, `npm run audit -- export [--format jsonl|chaostoolkit] [RUN]`, and erases a person's
 * names from it: `npm run audit -- erase OBJECT_ID`. `npm run audit -- rebuild` writes the rows of runs anew from their journals. It works on the same
 * DATA_DIR or DATABASE_URL, and compares with the copy in JOURNAL_CONTAINER_URL. Exit code 1 when the journal is not what was written, or not what was copied, 2 when it was asked wrongly.
 */
const usage =
  'Usage: npm run -s audit -- verify | rebuild | export [--format jsonl|chaostoolkit] [RUN] | erase OBJECT_ID';
const formats = ['jsonl', 'chaostoolkit'];

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { format: { type: 'string', default: 'jsonl' } },
  });
  const [what = '', operand] = positionals;
  const work = findWork(what, operand, values.format);
  if (typeof work === 'string') return complain(work);
  const journal = await openJournal({
    ...readJournalSetting(process.env),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  try {
    return await work(journal);
  } finally {
    await journal.close();
  }
}

type Work = (journal: Journal) => Promise<number>;

/** What is asked for, or what is wrong with how. */
function findWork(what: string, operand: string | undefined, format: string): Work | string {
  if (what === 'verify') return verify;
  if (what === 'rebuild') return rebuild;
  if (what === 'export' && formats.includes(format)) {
    const runId = operand === undefined ? undefined : parseRunId(operand);
    if (operand !== undefined && !runId) return `"${operand}" is not a run.\n${usage}`;
    return (journal) => exportRuns(journal, format, runId);
  }
  if (what !== 'erase') return usage;
  const { success, data: id } = objectId.safeParse(operand);
  return success
    ? (journal) => erase(journal, id)
    : `"${operand ?? ''}" is not the object id of a person in Entra.\n${usage}`;
}

/** Each field that differed, on a line of its own. */
async function rebuild(journal: Journal): Promise<number> {
  const differences = await journal.rebuild();
  differences.forEach(print);
  print({ rebuilt: new Set(differences.map(({ runId }) => runId)).size });
  return 0;
}

async function erase(journal: Journal, id: ObjectId): Promise<number> {
  print({ erased: await journal.names.erase(id), person: id });
  return 0;
}

async function verify(journal: Journal): Promise<number> {
  const report = { ...(await journal.verify()), ...(await compare(journal)) };
  print(report);
  return report.problem || report.copy?.problem ? 1 : 0;
}

/** Every entry of the copy beside the journal's, where a copy is kept. */
async function compare(journal: Journal): Promise<Pick<AuditReport, 'copy'>> {
  const given = process.env['JOURNAL_CONTAINER_URL'];
  if (!given) return {};
  const { success, data: containerUrl } = journalContainerUrl.safeParse(given);
  if (!success) throw new Error(`JOURNAL_CONTAINER_URL: ${given} ${containerUrlProblem}.`);
  const copy = createJournalContainer({ containerUrl, credential: createAzureCredential() });
  return { copy: await compareCopy({ journal: journal.source, copy }) };
}

/** JSON Lines are the entries as they are chained, for whoever verifies them; the other format names people. */
async function exportRuns(journal: Journal, format: string, runId?: RunId): Promise<number> {
  const ids = runId ? [runId] : await journal.runIds();
  for (const id of ids) {
    const entries = format === 'jsonl' ? await journal.entries(id) : await journal.namedEntries(id);
    if (entries.length === 0) return complain(`There is no run ${id}.`);
    if (format === 'jsonl') entries.forEach(print);
    else print(toChaosToolkitJournal(foldRun(entries)));
  }
  return 0;
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 2;
}

process.exitCode = await main().catch((error: unknown) =>
  complain(explainJournalError(error, process.env)),
);
