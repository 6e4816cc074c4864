import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { replayCards } from './cards/replay-cards.ts';
import { parseChaosYaml } from './chaos-yaml/parse-chaos-yaml.ts';
import { printGuard, type Guard } from './domain/guard.ts';
import { parseRunId } from './domain/ids.ts';
import { foldRun, type Run } from './domain/run.ts';
import { concludeRun } from './domain/verdict.ts';
import { readSamples } from './predictions/samples/sample-files.ts';
import { playGuards, type Played } from './runs/play-guards.ts';
import { createSampledReader } from './runs/read-sampled.ts';
import { renderPage } from './reports/render-page.ts';
import type { Report } from './reports/report.ts';
import { toReport, type JournalOfRun } from './reports/to-report.ts';
import { explainJournalError, readJournalSetting } from './journal-setting.ts';
import { printClock, printOffset } from './domain/print-time.ts';
import { openJournal } from './store/open-journal.ts';

/**
 * Plays a recorded run again, faster than life: `npm run replay -- [--speed 60] [--out FILE.html] [--cards FOLDER] RUN`. Its single predictions, or the seconds that the journal
 * has of them, go through the guards that it had and those that chaos.yaml has now, its phases through the rules of the verdict, its journal into the report and its cards. It
 * reads the same DATA_DIR, DATABASE_URL and CHAOS_CONFIG as the bot, sends nothing and writes nothing but what is asked for. Exit code 2 when it was asked wrongly.
 */
const usage = 'Usage: npm run -s replay -- [--speed 60] [--out FILE.html] [--cards FOLDER] RUN';

const toSamplesFolder = () => join(readJournalSetting(process.env).dataDir, 'samples');
const samples = { read: (runId: Run['id']) => readSamples(toSamplesFolder(), runId) };

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      speed: { type: 'string', default: '60' },
      out: { type: 'string' },
      cards: { type: 'string' },
    },
  });
  const runId = parseRunId(positionals[0] ?? '');
  const speed = Number(values.speed);
  if (!runId || positionals.length !== 1 || !(speed > 0)) return complain(usage);
  if (values.cards && !(await isFree(values.cards)))
    return complain(
      `${values.cards} has something in it. Name a folder that is empty or not there.`,
    );
  const entries = await readEntries(runId);
  if (entries.length === 0) return complain(`There is no run ${runId}.`);
  const report = await toFullReport(entries);
  await play(report, speed);
  await judgeAgain(entries, report);
  if (values.cards) await writeCards(entries, values.cards);
  if (values.out) {
    await writeFile(values.out, renderPage(report));
    print(`The report is in ${values.out}.`);
  }
  return 0;
}

async function readEntries(runId: Run['id']): Promise<JournalOfRun> {
  const journal = await openJournal({
    ...readJournalSetting(process.env),
    sha256: (text) => createHash('sha256').update(text).digest('hex'),
  });
  try {
    return await journal.namedEntries(runId);
  } finally {
    await journal.close();
  }
}

async function toFullReport(entries: JournalOfRun): Promise<Report> {
  const warn = (_fields: object, message: string) => print(message);
  const clock = { now: () => Date.now() };
  const sampled = await createSampledReader({ samples, clock, log: { warn } })(foldRun(entries));
  return toReport(entries, { version: packageJson.version, sampled });
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
async function judgeAgain(entries: JournalOfRun, { outcome }: Report): Promise<void> {
  const run = foldRun(entries);
  print('');
  const own = run.proposal.guards;
  const others = await findOtherGuards(run);
  const { by, trips } = await playGuards(run, [...own, ...others], samples);
  if (trips.length > 0) print(describeSource(by));
  for (const { guard, trip } of trips) {
    const whose = own.includes(guard) ? 'Its guard' : 'In chaos.yaml now';
    const what = trip ? describeTrip(trip, by) : describeNone(guard, run);
    print(`${whose}, ${printGuard(guard)}: ${what}.`);
  }
  print(`Recorded: ${outcome.word}. ${outcome.why}`);
  if (!run.recovered || !run.end) return;
  const { verdict, why } = concludeRun(foldRun(entries.filter(isNotEnd)));
  print(`Judged again: ${verdict ?? 'no verdict'}. ${why}`);
}

const isNotEnd = ({ event }: JournalOfRun[number]) => event.type !== 'ended';

function describeSource({ kind, kept, recorded }: Played['by']): string {
  if (kind === 'samples')
    return `The guards were shown ${kept} single predictions, each second as they were in life.`;
  const why =
    kept === 0
      ? `none of its single predictions are kept in ${toSamplesFolder()}`
      : `only ${kept} of its ${recorded} single predictions under the fault are kept`;
  return `The guards were shown whole seconds: ${why}.`;
}

/** A loss of sight is not in the predictions, which are all that is played. */
function describeNone({ kind }: Guard, { trip, lateTrip }: Run): string {
  if (kind !== 'lost-sight') return 'does not trip';
  const recorded = [trip, lateTrip].find((one) => one?.guard.kind === 'lost-sight');
  const inLife = recorded ? `; it tripped at ${printClock(recorded.at)}: ${recorded.reason}` : '';
  return `can not be played by predictions alone${inLife}`;
}

function describeTrip(
  trip: NonNullable<Played['trips'][number]['trip']>,
  { kind }: Played['by'],
): string {
  const lost = `${trip.lostAfter} ${trip.lostAfter === 1 ? 'prediction was' : 'predictions were'} lost`;
  // The second in which the fault ended has some that were due after it.
  const about = kind === 'seconds' && trip.lostAfter > 0 ? 'about ' : '';
  return `trips at ${printClock(trip.at)}: ${trip.reason}; ${about}${lost} under the fault after that`;
}

/** The guards that the experiment has now and the run had not. */
async function findOtherGuards({ proposal }: Run): Promise<readonly Guard[]> {
  const fileName = process.env['CHAOS_CONFIG'] || 'chaos.yaml';
  const text = await readFile(resolve(fileName), 'utf8').catch(() => undefined);
  if (text === undefined) return skip(`${fileName} cannot be read`);
  const parsed = parseChaosYaml(text, { fileName, env: process.env });
  if ('problems' in parsed) return skip(parsed.problems.join('; '));
  const known = proposal.guards.map((guard) => printGuard(guard));
  const { experiments } = parsed.value.catalogue;
  const now = experiments.find(({ name }) => name === proposal.experiment)?.guards ?? [];
  return now.filter((guard) => !known.includes(printGuard(guard)));
}

function skip(why: string): readonly Guard[] {
  print(`Only the run's own guards are played: ${why}.`);
  return [];
}

const isFree = (folder: string) =>
  readdir(folder).then(
    (names) => names.length === 0,
    (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
  );

/** `0001-proposed.json` and so on, in the order in which they were posted. */
async function writeCards(entries: JournalOfRun, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  let count = 0;
  for (const { what, card } of replayCards(entries)) {
    count += 1;
    const name = `${String(count).padStart(4, '0')}-${what}.json`;
    await writeFile(join(folder, name), `${JSON.stringify(card, undefined, 2)}\n`);
  }
  print(`The ${count} states of its cards are in ${folder}.`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function complain(text: string): number {
  process.stderr.write(`${text}\n`);
  return 2;
}

process.exitCode = await main().catch((error: unknown) =>
  complain(`${explainJournalError(error, process.env)}\n${usage}`),
);
