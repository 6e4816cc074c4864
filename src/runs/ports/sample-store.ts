import type { DuePhase } from '../../domain/due-phase.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Sample } from '../../domain/sample.ts';

/** Keeps single predictions, as far as there is room. Whoever measures never waits for it, and nothing that goes wrong here is an error of a run. */
export interface SampleStore {
  /** Goes on with the samples of a run, or begins with them. */
  open(runId: RunId): SampleWriter;
  /** What is kept of a run, in the order in which it was judged, some at a time; nothing where nothing is. */
  read(runId: RunId): AsyncIterable<readonly Sample[]>;
  /** The same as CSV with a header, each with the phase of its due time, ms since the epoch: what was written down when it was judged may be another one. */
  readCsv(runId: RunId, phaseOf: (dueAt: number) => DuePhase): AsyncIterable<string>;
}

export interface SampleWriter {
  /** Never throws. */
  write(sample: Sample): void;
  /** Writes out what waits; never rejects. */
  flush(): Promise<void>;
  /** Keeps what is still to be kept, for a moment at most; never rejects. */
  close(): Promise<void>;
}
