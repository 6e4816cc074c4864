import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { compareRuns, type Comparison } from '../../../src/domain/compare-runs.ts';
import { mapNames } from '../../../src/domain/map-names.ts';
import { foldRun, type Run } from '../../../src/domain/run.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { createRestartFilter } from '../../../src/predictions/samples/drop-counted-twice.ts';
import { parseSampleLine } from '../../../src/predictions/samples/sample-line.ts';
import type { JournalOfRun } from '../../../src/reports/to-report.ts';
import type { ChainedEntry } from '../../../src/store/hash-chain.ts';

/** The runs that `npm run record-runs` conducts in the lab, in this order, each named for how it ends. */
export const recordedNames = [
  'held',
  'deviated',
  'aborted',
  'stopped',
  'interrupted',
  'void',
  'rehearsed',
  'rejected',
] as const;
export type RecordedName = (typeof recordedNames)[number];

/** What a file in `test/recorded` holds. */
export type RecordedFile = {
  /** The name that each commitment in the entries stands for; names are not part of what is hashed. */
  readonly names: Readonly<Record<string, string>>;
  readonly entries: readonly ChainedEntry[];
};

/** A run that was really conducted, as its bot left it. */
export type RecordedRun = {
  readonly name: RecordedName;
  /** The entries as they are hashed, without names. */
  readonly chain: readonly ChainedEntry[];
  /** The entries with people's names. */
  readonly journal: JournalOfRun;
  readonly run: Run;
  /** Its single predictions, in the order in which they were judged. */
  readonly samples: readonly Sample[];
};

export const recordedFolder = fileURLToPath(new URL('../../recorded', import.meta.url));

const known = new Map<RecordedName, RecordedRun>();

/** Returns a recorded run. Throws when its file is missing. */
export function readRecorded(name: RecordedName): RecordedRun {
  const found = known.get(name) ?? read(name);
  known.set(name, found);
  return found;
}

/** Compares a recorded run with those recorded before it in the same lab, as its bot did; undefined when there is none of its kind. */
export function compareRecorded({ run }: RecordedRun): Comparison | undefined {
  // Each lab has a scoring service on a port of its own.
  const labOf = ({ proposal }: Run) => proposal.service.scoring.uri;
  const others = recordedNames
    .map((name) => readRecorded(name).run)
    .filter((other) => labOf(other) === labOf(run));
  const newestFirst = others.toSorted((a, b) => b.proposal.proposedAt - a.proposal.proposedAt);
  return compareRuns(run, newestFirst);
}

function read(name: RecordedName): RecordedRun {
  const text = readFileSync(`${recordedFolder}/${name}.json`, 'utf8');
  const { names, entries: chain } = JSON.parse(text) as RecordedFile;
  const journal = chain.map(({ runId, sequence, at, event, hash }) => ({
    runId,
    sequence,
    at,
    event: mapNames(event, (person) => names[person.name] ?? person.name),
    hash,
  }));
  const run = foldRun(journal);
  const samples = readSamples(`${recordedFolder}/samples/${run.id}`);
  return { name, chain, journal, run, samples };
}

function readSamples(folder: string): readonly Sample[] {
  const dropCountedTwice = createRestartFilter();
  return readNames(folder).flatMap((name) => {
    const lines = gunzipSync(readFileSync(`${folder}/${name}`))
      .toString()
      .split('\n');
    return dropCountedTwice(lines).flatMap((line) => parseSampleLine(line) ?? []);
  });
}

/** A run that was never measured has no folder. */
function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
