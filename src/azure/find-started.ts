import type { ExecutionId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { readFailure } from './azure-error.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { isOngoing, listExecutions, type Execution } from './executions.ts';
import { readExecutionBefore } from './prepare-experiment.ts';

/** Azure may list an execution late. Counted from when the request was committed; it may have been sent up to half a minute after that. */
const showsWithinMs = 120_000;
/** How long it is looked for at least, however long ago that was: Azure may not answer at once. */
const leastLookMs = 20_000;
const lookIntervalMs = 2_000;
/** How far our clock may be behind Azure's. */
const clockSkewMs = 120_000;

type Search = { readonly experimentName: string; readonly before?: ReadonlySet<string> };

/**
 * The execution that an earlier start of this run brought about, when its answer was lost. What was there `before` the start, when this
 * process still knows, or when the experiment was written, is not the run's. Rejects as the SDK does when Azure cannot be asked.
 */
export async function findStartedExecution(
  run: Run,
  search: Search,
  studio: ChaosStudio,
): Promise<ExecutionId | undefined> {
  const now = studio.clock.now();
  const { startRequestedAt = now } = run;
  const limitMs = Math.max(leastLookMs, Math.min(startRequestedAt, now) + showsWithinMs - now);
  // Counted in waits as well: the clock may be set back meanwhile.
  for (let waitedMs = 0; ; waitedMs += lookIntervalMs) {
    const found = await look(run, search, studio).catch((error: unknown) => ({ error }));
    if (found === 'not-ours') return undefined;
    if (found && 'id' in found) return found.id;
    const passedMs = Math.max(waitedMs, studio.clock.now() - now);
    if (passedMs + lookIntervalMs > limitMs) {
      if (found) throw found.error;
      return undefined;
    }
    await studio.clock.sleep(lookIntervalMs);
  }
}

async function look(
  run: Run,
  { experimentName, before }: Search,
  studio: ChaosStudio,
): Promise<Execution | 'not-ours' | undefined> {
  const newestBefore = await readNewestBefore(run, experimentName, studio);
  if (newestBefore === undefined) return 'not-ours';
  const found = await listExecutions(experimentName, studio);
  return found
    .slice(0, toEnd(found, newestBefore))
    .find((execution) => !before?.has(execution.id) && isSince(run, execution));
}

/** From the resource itself; undefined when there is none, or it was written for another run since. */
async function readNewestBefore(
  run: Run,
  experimentName: string,
  { experiments, resourceGroup }: ChaosStudio,
): Promise<string | undefined> {
  try {
    return readExecutionBefore(run.id, await experiments.get(resourceGroup, experimentName));
  } catch (error) {
    if (readFailure(error).statusCode === 404) return undefined;
    throw error;
  }
}

/** Executions come newest first: those in front of the newest that was there before are newer. */
function toEnd(found: readonly Execution[], newestBefore: string): number {
  const index = found.findIndex(({ id }) => id === newestBefore);
  return index === -1 ? found.length : index;
}

/** What still runs is newer than the preparation for this run: it is the run's, however far our clock is ahead of Azure's. */
function isSince({ startRequestedAt = 0 }: Run, execution: Execution): boolean {
  const { startedAt = Infinity } = execution;
  return isOngoing(execution) || startedAt >= startRequestedAt - clockSkewMs;
}
