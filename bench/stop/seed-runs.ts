import { openStore } from '../../src/store/open-store.ts';
import type { ExecutionId, RunId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Origin, RunEvent } from '../../src/domain/run-event.ts';
import {
  sampleCourse,
  sampleProposal,
  sampleProposed,
  sha256,
} from '../../test/support/proposal.ts';

/** Longer than the bench takes: a guard that ends a fault by itself would leave nothing to stop. */
const longMs = 3_600_000;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = { now: () => Date.now(), sleep: () => Promise.resolve() };

export type Seeds = {
  readonly dataDir: string;
  readonly scoringUri: string;
  readonly origin: Origin;
  readonly active: readonly { readonly runId: string; readonly experimentName: string }[];
  readonly ended: readonly string[];
};

/** Writes runs that have ended, and runs whose fault is active, as a bot that was killed leaves them behind. */
export async function seedRuns({ dataDir, active, ended, ...where }: Seeds): Promise<void> {
  const store = await openStore({ dataDir, clock, sha256, log: silent });
  try {
    for (const runId of ended)
      await write(runId, [...sampleCourse().slice(1), end], toProposal(where, {}));
    for (const { runId, experimentName } of active)
      await write(runId, toCourse(experimentName), toProposal(where, {}));
  } finally {
    await store.close();
  }

  async function write(runId: string, events: readonly RunEvent[], proposal: Partial<Proposal>) {
    const proposed = { ...sampleProposed(proposal), origin: where.origin };
    const run = await store.runs.create(runId as RunId, proposed);
    const [first] = sampleCourse();
    if (!run || first?.type !== 'approved') throw new Error(`${runId} could not be written`);
    const approved = { ...first, digest: run.digest };
    await store.runs.transact(run.id, () => ({
      events: [approved, ...events],
      outcome: undefined,
    }));
  }
}

const end: RunEvent = { type: 'ended', ending: 'completed', verdict: 'held', why: '' };

function toProposal(
  { scoringUri }: Pick<Seeds, 'scoringUri'>,
  change: Partial<Proposal>,
): Partial<Proposal> {
  const { service, fault } = sampleProposal();
  const now = Date.now();
  return {
    service: {
      ...service,
      scoring: {
        ...service.scoring,
        uri: scoringUri,
        golden: [{ input: { data: [1] }, expected: [42], absoluteTolerance: 0.01 }],
      },
    },
    fault: { ...fault, durationMs: longMs },
    guards: [{ kind: 'lost-sight', afterMs: longMs }],
    baselineMs: 1_000,
    proposedAt: now,
    expiresAt: now + longMs,
    ...change,
  };
}

/** Up to the active fault. */
function toCourse(experimentName: string): RunEvent[] {
  const course = sampleCourse().slice(1);
  const until = course.findIndex(({ type }) => type === 'fault-active') + 1;
  const executionId = '4BD1B3A2-0000-4000-8000-000000000001' as ExecutionId;
  return course.slice(0, until).map((event) => {
    if (event.type === 'experiment-prepared') return { ...event, experimentName };
    if (event.type === 'started') return { ...event, executionId };
    return event;
  });
}
