import { createDuePhase } from '../domain/due-phase.ts';
import type { RunId } from '../domain/ids.ts';
import { foldRun } from '../domain/run.ts';
import type { SampleStore } from './ports/sample-store.ts';
import type { UseCases } from './use-cases.ts';

/** Creates a reader of the single predictions of a run as CSV, with the phases of its report. Nothing is read where none are kept. */
export function createCsvReader(
  samples: Pick<SampleStore, 'readCsv'>,
  { journal }: Pick<UseCases, 'journal'>,
): (runId: RunId) => AsyncIterable<string> {
  return async function* (runId) {
    yield* samples.readCsv(runId, createDuePhase(foldRun(await journal(runId))));
  };
}
