import type { Guard } from '../domain/guard.ts';
import { listAllSeconds } from '../domain/list-seconds.ts';
import { toPredictionStream } from '../domain/prediction-stream.ts';
import { replayGuards, type ReplayedTrip } from '../guards/replay-seconds.ts';
import { createSampleReplay } from '../guards/replay-samples.ts';
import type { Run } from '../domain/run.ts';
import type { SampleStore } from './ports/sample-store.ts';

/** What guards do when a recorded run is played to them, each alone, and by what it was played. */
export type Played = {
  readonly by: {
    readonly kind: 'samples' | 'seconds';
    /** How many of the predictions under the fault are kept one by one, and how many the journal has. */
    readonly kept: number;
    readonly recorded: number;
  };
  readonly trips: readonly { readonly guard: Guard; readonly trip: ReplayedTrip | undefined }[];
};

/** Where more are missing than a crash costs, the seconds of the journal know more. */
const fewestKeptShare = 0.98;

/** Plays a run to guards: by its single predictions where they are kept, else by its seconds. */
export async function playGuards(
  run: Run,
  guards: readonly Guard[],
  samples: Pick<SampleStore, 'read'>,
): Promise<Played> {
  const replays = guards.map((guard) => ({ guard, replay: createSampleReplay(run, guard) }));
  for await (const some of samples.read(run.id))
    for (const sample of some) for (const { replay } of replays) replay.see(sample);
  const ended = replays.map(({ guard, replay }) => ({ guard, ...replay.end() }));
  const [kept, recorded] = [ended[0]?.played ?? 0, countRecorded(run)];
  if (kept > 0 && kept >= fewestKeptShare * recorded)
    return { by: { kind: 'samples', kept, recorded }, trips: ended };
  const trips = guards.map((guard) => ({ guard, trip: replayGuards(run, [guard]) }));
  return { by: { kind: 'seconds', kept, recorded }, trips };
}

/** How many predictions were due from the start request to the end of the fault, in whole seconds. */
function countRecorded(run: Run): number {
  const { faultEndedAt = -Infinity } = run;
  return toPredictionStream(run, listAllSeconds(run))
    .seconds.filter(({ at }) => at < faultEndedAt)
    .reduce((sum, { sent }) => sum + sent, 0);
}
