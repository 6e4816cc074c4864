import type { Sampled } from '../domain/sample.ts';
import type { Run } from '../domain/run.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { SampleStore } from './ports/sample-store.ts';

export type SampledDeps = {
  readonly samples?: Pick<SampleStore, 'read'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Pick<Log, 'warn'>;
};

/** Half a day of samples takes seconds to read, and a page is opened by many at once. */
const rememberForMs = 60_000;

/** Counts the single predictions of a run that are kept here; undefined where none are, or they cannot be read. Never rejects. */
export function createSampledReader({
  samples,
  clock,
  log,
}: SampledDeps): (run: Run) => Promise<Sampled | undefined> {
  if (!samples) return () => Promise.resolve(undefined);
  const known = new Map<
    string,
    { readonly at: number; readonly value: Promise<Sampled | undefined> }
  >();
  return (run) => {
    const now = clock.now();
    for (const [key, { at }] of known) if (now - at > rememberForMs) known.delete(key);
    const key = `${run.id} ${run.version}`;
    const value = known.get(key)?.value ?? readSampled(run, { samples, log });
    if (!known.has(key)) known.set(key, { at: now, value });
    return value;
  };
}

async function readSampled(
  run: Run,
  { samples, log }: Required<Pick<SampledDeps, 'samples' | 'log'>>,
): Promise<Sampled | undefined> {
  let kept = 0;
  try {
    for await (const some of samples.read(run.id)) kept += some.length;
  } catch (error) {
    log.warn({ runId: run.id, error }, 'The samples of a run cannot be read.');
    return undefined;
  }
  return kept > 0 ? { kept } : undefined;
}
