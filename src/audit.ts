import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createAzureCredential } from './azure/credential.ts';
import { createJournalContainer } from './azure/journal-container.ts';
import { containerUrlProblem, journalContainerUrl } from './config.ts';
import type { AuditReport } from './domain/audit.ts';
import { parseRunId } from './domain/ids.ts';
import { toChaosToolkitJournal } from './reports/to-chaos-toolkit-journal.ts';
import { compareCopy } from './runs/compare-copy.ts';
import { openJournal, type Journal } from './store/open-journal.ts';

/**
 * Looks at the journal from outside of the bot: `npm run audit -- verify`, `npm run audit -- export [--format jsonl|chaostoolkit] [RUN]`. It reads the same
 * DATA_DIR or DATABASE_URL, and compares with the copy in JOURNAL_CONTAINER_URL. Exit code 1 when the journal is not what was written, or not what was
 * copied, 2 when it was asked wrongly.
 */
const usage = 'Usage: npm run -s audit -- verify | export [--format jsonl|chaostoolkit] [RUN]';

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { format: { type: 'string', default: 'jsonl' } },
  });
  const [what, run] = positionals;
  const isKnown =
    what === 'verify' || (what === 'export' && ['jsonl', 'chaostoolkit'].includes(values.format));
  if (!isKnown) return complain(usage);
  const journal = await openJournal({
    dataDir: resolve(process.env['DATA_DIR'] || 'data'),
    ...(process.env['DATABASE_URL'] ? { databaseUrl: process.env['DATABASE_URL'] } : {}),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  try {
    return what === 'verify'
      ? await verify(journal)
      : await exportRuns(journal, values.format, run);
  } finally {
    await journal.close();
  }
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

async function exportRuns(journal: Journal, format: string, run?: string): Promise<number> {
  const runId = run === undefined ? undefined : parseRunId(run);
  if (run !== undefined && runId === undefined) return complain(`"${run}" is not a run.\n${usage}`);
  const ids = runId ? [runId] : await journal.runIds();
  for (const id of ids) {
    const entries = await journal.entries(id);
    if (entries.length === 0) return complain(`There is no run ${id}.`);
    if (format === 'jsonl') entries.forEach(print);
    else print(toChaosToolkitJournal(journal.fold(entries)));
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

process.exitCode = await main().catch((error: unknown) => {
  const { message, suggestion } = error as { message?: string; suggestion?: string };
  return complain([message ?? String(error), suggestion ?? ''].join('\n').trim());
});
