import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { RunId } from '../../../src/domain/ids.ts';
import { mapNames } from '../../../src/domain/map-names.ts';
import type { RunEvent } from '../../../src/domain/run-event.ts';
import { readSamples } from '../../../src/predictions/samples/sample-files.ts';
import { sampleHeader, toSampleLine } from '../../../src/predictions/samples/sample-line.ts';
import { openJournal, type Journal } from '../../../src/store/open-journal.ts';
import { recordedFolder, type RecordedFile, type RecordedName } from './recorded-runs.ts';

/** Opens the journal of a bot that has ended. Rejects while the bot holds it. */
export function openKeptJournal(dataDir: string): Promise<Journal> {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  return openJournal({ dataDir, sha256 });
}

/** Where a bot keeps what it recorded, and what must not be in it. */
export type Kept = {
  readonly journal: Journal;
  readonly dataDir: string;
  readonly secrets: readonly string[];
};

/** Writes the journal of a run and its single predictions to `test/recorded`. Rejects when there is a secret in them. */
export async function keepRun(name: RecordedName, runId: RunId, kept: Kept): Promise<void> {
  const file = await readFile(runId, kept);
  const samples = await readCsv(runId, kept);
  const text = print(file);
  if (kept.secrets.some((secret) => text.includes(secret) || samples.includes(secret)))
    throw new Error(`There is a secret in the journal of ${name}.`);
  await writeFile(`${recordedFolder}/${name}.json`, text);
  if (samples === '') return;
  const folder = `${recordedFolder}/samples/${runId}`;
  await mkdir(folder, { recursive: true });
  await writeFile(`${folder}/000001.csv.gz`, gzipSync(samples, { level: 9 }));
}

async function readFile(runId: RunId, { journal }: Kept): Promise<RecordedFile> {
  const entries = await journal.entries(runId);
  const named = await journal.namedEntries(runId);
  const names = Object.fromEntries(
    entries.flatMap(({ event }, index) => {
      const other = named[index]?.event;
      return other ? pairNames(listNames(event), listNames(other)) : [];
    }),
  );
  return { names, entries };
}

/** Every name in an event, in the order in which they are mapped. */
function listNames(event: RunEvent): readonly string[] {
  const names: string[] = [];
  mapNames(event, ({ name }) => {
    names.push(name);
    return name;
  });
  return names;
}

const pairNames = (commitments: readonly string[], names: readonly string[]) =>
  commitments.map((commitment, index) => [commitment, names[index] ?? commitment] as const);

async function readCsv(runId: RunId, { dataDir }: Kept): Promise<string> {
  const lines: string[] = [];
  for await (const some of readSamples(`${dataDir}/samples`, runId))
    lines.push(...some.map(toSampleLine));
  return lines.length === 0 ? '' : `${[sampleHeader, ...lines].join('\n')}\n`;
}

/** One entry on each line, so that a diff shows which changed. */
function print({ names, entries }: RecordedFile): string {
  const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n');
  return `{"names":${JSON.stringify(names)},\n"entries":[\n${lines}\n]}\n`;
}
