import { expect, test } from '@jest/globals';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

/** A database that is away for some seconds ends no fault and costs no run its result, whichever entry it refuses. */

const { signal } = new AbortController();

function approve(): Stage {
  const stage = new Stage();
  const { digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  return stage;
}

const away = () =>
  new ChaosError('store-unavailable', 'The database does not answer.', { suggestion: 'Wait.' });

const lost = 'committed, and the answer lost';
type Refusal = 'refused' | typeof lost | 'refused for eight seconds';

/** Breaks the `nth` entry that the conductor writes. */
function breakEntry(stage: Stage, nth: number, how: Refusal): (deps: ConductDeps) => ConductDeps {
  let count = 0;
  return (deps) => {
    const transact: typeof deps.runs.transact = async (...given) => {
      count += 1;
      if (count !== nth) return deps.runs.transact(...given);
      if (how === lost) await deps.runs.transact(...given);
      if (how === 'refused for eight seconds') {
        stage.storeDownFrom = stage.now;
        stage.storeDownUntil = stage.now + 8_000;
      }
      throw away();
    };
    return { ...deps, runs: { ...deps.runs, transact } };
  };
}

/** Conducts a run until it has ended, again where its job is taken again. */
async function conduct(stage: Stage, change: (deps: ConductDeps) => ConductDeps): Promise<void> {
  for (let count = 0; count < 5 && stage.run().phase !== 'ended'; count += 1) {
    await conductRun(stage.run().id, change(stage.deps()), signal).catch(() => undefined);
    stage.now = Math.max(stage.now, Math.min(stage.storeDownUntil, stage.now + 60_000)) + 1_000;
  }
}

const whole = approve();
let entries = 0;
await conduct(whole, (deps) => {
  const transact: typeof deps.runs.transact = (...given) => {
    entries += 1;
    return deps.runs.transact(...given);
  };
  return { ...deps, runs: { ...deps.runs, transact } };
});

/** The one that commits the intention to start, by when it is written: a start that may have been sent is not sent again. */
const startEntry =
  whole.journal
    .filter(({ event }) => event.type !== 'proposed' && event.type !== 'approved')
    .findIndex(({ event }) => event.type === 'start-requested') + 1;

const each = Array.from({ length: entries }, (_, index) => index + 1);

test.each(
  (['refused', lost, 'refused for eight seconds'] as const)
    .flatMap((how) => each.map((nth) => [nth, how] as const))
    .filter(([nth, how]) => nth !== startEntry || how !== lost),
)('entry %d is %s', async (nth, how) => {
  const stage = approve();
  await conduct(stage, breakEntry(stage, nth, how));
  const { end } = stage.run();
  expect(stage.count('azure cancel')).toBe(0);
  expect(stage.count('azure start')).toBe(1);
  expect(stage.run().failure).toBeUndefined();
  expect(end).toMatchObject({ ending: 'completed', verdict: whole.run().end?.verdict });
  for (const { event } of whole.journal)
    expect([event.type, stage.count(event.type)]).toEqual([event.type, 1]);
});

test('a start whose commit was not answered is never sent, and looked for', async () => {
  const stage = approve();
  await conduct(stage, breakEntry(stage, startEntry, lost));
  expect(stage.count('start-requested')).toBe(1);
  expect(stage.count('azure start')).toBe(0);
  const { end } = stage.run();
  expect(end).toMatchObject({ ending: 'failed', verdict: null });
  expect(end?.why).toMatch(/Azure lists no execution of it/);
});
