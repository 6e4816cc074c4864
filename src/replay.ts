import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { parseChaosYaml } from './chaos-yaml/parse-chaos-yaml.ts';
import { printGuard, type Guard } from './domain/guard.ts';
import { parseRunId } from './domain/ids.ts';
import { replayGuards } from './domain/replay-guards.ts';
import { foldRun, type Run } from './domain/run.ts';
import { concludeRun } from './domain/verdict.ts';
import { renderPage } from './reports/render-page.ts';
import type { Report } from './reports/report.ts';
import { printClock, printOffset } from './reports/text.ts';
import { toReport, type JournalOfRun } from './reports/to-report.ts';
import { openJournal } from './store/open-journal.ts';

/**
 * Plays a recorded run again, faster than life: `npm run replay -- [--speed 60] [--out FILE.html] RUN`. Its recorded seconds go through the guards that it had and
 * those that chaos.yaml has now, its phases through the rules of the verdict, its journal into the report. It reads the same DATA_DIR, DATABASE_URL and CHAOS_CONFIG as
 * the bot, sends nothing and writes nothing but the report. Exit code 2 when it was asked wrongly.
 */
const usage = 'Usage: npm run -s replay -- [--speed 60] [--out FILE.html] RUN';

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { speed: { type: 'string', default: '60' }, out: { type: 'string' } },
  });
  const runId = parseRunId(positionals[0] ?? '');
  const speed = Number(values.speed);
  if (!runId || positionals.length !== 1 || !(speed > 0)) return complain(usage);
  const journal = await openJournal({
    dataDir: resolve(process.env['DATA_DIR'] || 'data'),
    ...(process.env['DATABASE_URL'] ? { databaseUrl: process.env['DATABASE_URL'] } : {}),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  const entries = await journal.namedEntries(runId);
  await journal.close();
  if (entries.length === 0) return complain(`There is no run ${runId}.`);
  const report = toReport(entries, packageJson);
  await play(report, speed);
  judgeAgain(entries, report);
  if (values.out) {
    writeFileSync(values.out, renderPage(report));
    print(`The report is in ${values.out}.`);
  }
  return 0;
}

/** Says each moment of the run when its turn comes. */
async function play({ title, timeline, fault }: Report, speed: number): Promise<void> {
  print(`${title}, ${speed} times as fast`);
  const zero = fault.span?.from ?? timeline.at(0)?.at ?? 0;
  let now = timeline.at(0)?.at ?? 0;
  for (const { at, what } of timeline) {
    await delay((at - now) / speed);
    now = at;
    print(`${printClock(at)} ${printOffset(at - zero).padStart(9)}  ${what}`);
  }
}

/** What the rules of today make of the record: the guards it had, those of chaos.yaml, and the verdict. */
function judgeAgain(entries: JournalOfRun, { outcome }: Report): void {
  const run = foldRun(entries);
  print('');
  for (const guard of run.proposal.guards) print(describeGuard('Its guard', guard, run));
  for (const guard of findOtherGuards(run)) print(describeGuard('In chaos.yaml now', guard, run));
  print(`Recorded: ${outcome.word}. ${outcome.why}`);
  if (!run.recovered || !run.end) return;
  const { verdict, why } = concludeRun(foldRun(entries.filter(isNotEnd)));
  print(`Judged again: ${verdict ?? 'no verdict'}. ${why}`);
}

const isNotEnd = ({ event }: JournalOfRun[number]) => event.type !== 'ended';

function describeGuard(whose: string, guard: Guard, run: Run): string {
  const trip = replayGuards(run, [guard]);
  const what = trip
    ? `trips at ${printClock(trip.at)}: ${trip.reason}; ${trip.lostAfter} predictions were lost under the fault after that`
    : 'does not trip';
  return `${whose}, ${printGuard(guard)}: ${what}.`;
}

/** The guards that the experiment has now and the run had not. */
function findOtherGuards({ proposal }: Run): readonly Guard[] {
  const fileName = process.env['CHAOS_CONFIG'] || 'chaos.yaml';
  let text: string;
  try {
    text = readFileSync(resolve(fileName), 'utf8');
  } catch {
    return skip(`${fileName} cannot be read`);
  }
  const parsed = parseChaosYaml(text, { fileName, env: process.env });
  if ('problems' in parsed) return skip(parsed.problems.join('; '));
  const known = proposal.guards.map(printGuard);
  const { experiments } = parsed.value.catalogue;
  const now = experiments.find(({ name }) => name === proposal.experiment)?.guards ?? [];
  return now.filter((guard) => !known.includes(printGuard(guard)));
}

function skip(why: string): readonly Guard[] {
  print(`Only the run's own guards are played: ${why}.`);
  return [];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 2;
}

process.exitCode = await main().catch((error: unknown) => {
  const { message, suggestion } = error as { message?: string; suggestion?: string };
  return complain([message ?? String(error), suggestion ?? '', usage].join('\n').trim());
});
