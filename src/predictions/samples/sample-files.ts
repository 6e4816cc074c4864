import type { DuePhase } from '../../domain/due-phase.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Sample } from '../../domain/sample.ts';
import type { Log } from '../../runs/ports/log.ts';
import type { SampleStore } from '../../runs/ports/sample-store.ts';
import { createRestartFilter } from './drop-counted-twice.ts';
import { readSampleLines } from './read-sample-lines.ts';
import { listSampleFiles, SampleFolder, toSampleCaps } from './sample-folder.ts';
import { parseSampleLine, rephase, sampleHeader } from './sample-line.ts';
import { SampleFileWriter } from './sample-file-writer.ts';

export type SampleFilesOptions = {
  readonly folder: string;
  /** How much all of them may take. */
  readonly maxBytes: number;
  readonly log: Log;
};

/** Keeps samples as gzipped CSV, a folder for each run, so that anything that reads CSV reads them. */
export function createSampleFiles({ folder, maxBytes, log }: SampleFilesOptions): SampleStore {
  const files = new SampleFolder(folder, toSampleCaps(maxBytes));
  return {
    open: (runId) => new SampleFileWriter(files, { runId, log }),
    read: (runId) => readSamples(folder, runId),
    readCsv: (runId, phaseOf) => readCsv(folder, runId, phaseOf),
  };
}

/** The samples of a run in a folder, in the order in which they were judged, some at a time. */
export async function* readSamples(
  folder: string,
  runId: RunId,
): AsyncGenerator<readonly Sample[], void, undefined> {
  for await (const lines of readLines(folder, runId))
    yield lines.flatMap((line) => parseSampleLine(line) ?? []);
}

async function* readCsv(
  folder: string,
  runId: RunId,
  phaseOf: (dueAt: number) => DuePhase,
): AsyncGenerator<string, void, undefined> {
  let head = `${sampleHeader}\n`;
  for await (const lines of readLines(folder, runId)) {
    if (lines.length === 0) continue;
    yield `${head}${lines.map((line) => rephase(line, phaseOf)).join('\n')}\n`;
    head = '';
  }
}

async function* readLines(folder: string, runId: RunId) {
  const files = await listSampleFiles(folder, runId);
  const dropCountedTwice = createRestartFilter();
  for await (const lines of readSampleLines(files.map(({ path }) => path)))
    yield dropCountedTwice(lines);
}
