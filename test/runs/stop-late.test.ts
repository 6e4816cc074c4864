import { describe, expect, test } from '@jest/globals';
import { renderFrozenCard } from '../../src/cards/list-cards.ts';
import { renderStopCard } from '../../src/cards/stop-card.ts';
import { toTimeline } from '../../src/cards/describe-timeline.ts';
import { phaseNotes } from '../../src/domain/phase-notes.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { applyEntry, type Run } from '../../src/domain/run.ts';
import { joinStops } from '../../src/domain/stop-outcome.ts';
import { ActiveRuns } from '../../src/runs/active-runs.ts';
import { stopRun, type StopDeps } from '../../src/runs/stop/stop-run.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { openToAll } from '../support/open-to-all.ts';
import { bystander, sampleCourse, sampleRun } from '../support/proposal.ts';

const course = sampleCourse();
const upTo = (type: RunEvent['type'], more: Partial<Run> = {}): Run => ({
  ...sampleRun(course.slice(0, course.findIndex((event) => event.type === type) + 1)),
  ...more,
});
const recovering = upTo('fault-ended');
const at = recovering.phaseSince + 5_000;
const until = Date.UTC(2026, 10, 23, 9, 5, 6);
const { conversationId } = recovering.origin;

/** Stops all runs of the conversation; returns the answer, its card, and what the journal got of it. */
async function stop(all: readonly Run[], note?: string) {
  const runs = [...all];
  const written: RunEvent[] = [];
  const active = new ActiveRuns();
  for (const run of runs) {
    active.enter(run);
    if (note) active.saw(run.id, { phase: run.phase, note, endsAt: until } as Progress);
  }
  const deps = {
    ...openToAll,
    active,
    clock: { now: () => at },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    announcer: { runChanged: () => undefined },
    faults: { cancel: () => Promise.resolve({ kind: 'accepted' }) },
    runs: {
      list: () => Promise.resolve(runs),
      transact: (runId: RunId, decide: (run: Run, state: object) => { events: RunEvent[] }) => {
        const index = runs.findIndex(({ id }) => id === runId);
        let run = runs[index] as Run;
        for (const event of decide(run, { now: at, activeRuns: [] }).events) {
          written.push(event);
          run = applyEntry(run, { runId, sequence: run.version + 1, at, event });
        }
        runs[index] = run;
        return Promise.resolve({ run });
      },
    },
  } as unknown as StopDeps;
  const request = { by: bystander, via: { kind: 'command' }, all: false, conversationId } as const;
  const outcome = await stopRun(request, deps);
  if (outcome.kind !== 'stopping') throw new Error(`Not ${outcome.kind}.`);
  return { outcome, written, runs, texts: toCardTexts(renderStopCard(outcome)).join('\n'), deps };
}

describe('a stop of a run whose fault is gone', () => {
  test('says that nothing is stopped, and until when the run is measured', async () => {
    const { texts } = await stop([recovering], phaseNotes.after);
    expect(texts).toContain('↻ Nothing to stop: 1 run only measures the recovery');
    expect(texts).toContain(
      'The fault is over in Azure already. The run only measures the recovery now until 09:05:06 UTC. The journal has that you asked.',
    );
    expect(texts).not.toContain('Stopping');
  });

  test('says the latest time while the service may be back sooner, and none where it is not known', async () => {
    const early = await stop([recovering], phaseNotes.waiting);
    const last = new Date(until + recovering.proposal.baselineMs).toISOString().slice(11, 19);
    expect(early.texts).toContain(
      `now until ${last} UTC at the latest, if all of it can be measured.`,
    );
    expect((await stop([recovering])).texts).toContain('measures the recovery now. The');
  });

  test('counts only the others as stopped', async () => {
    const other = upTo('fault-active', { id: 'r-abc123' as RunId });
    const { texts, written } = await stop([recovering, other]);
    expect(texts).toContain('■ Stopping 1 run');
    expect(written.map(({ type }) => type).toSorted()).toEqual([
      'stop-came-late',
      'stop-requested',
    ]);
  });

  test('is not claimed of runs that the person may not see', async () => {
    const { outcome } = await stop([recovering]);
    const hidden = renderStopCard({ ...outcome, hidden: ['r-hidden'] as never });
    expect(toCardTexts(hidden).join('\n')).toContain('■ Stop asked for 1 run');
    const frozen = renderFrozenCard([recovering], { ...outcome, hidden: ['r-hidden'] as never });
    expect(toCardTexts(frozen).join('\n')).toContain('Stop was asked for these runs:');
  });

  test('is recorded once for each person, and changes nothing else of the run', async () => {
    const { runs, written } = await stop([recovering]);
    expect(written).toEqual([{ type: 'stop-came-late', by: bystander, via: { kind: 'command' } }]);
    expect(runs[0]).toEqual({
      ...recovering,
      version: recovering.version + 1,
      lateStop: { by: bystander, at },
    });
    expect((await stop(runs)).written).toEqual([]);
    expect(toTimeline(runs[0] as Run).map(({ text }) => text)).toContainEqual(
      expect.stringContaining(`stop asked by ${bystander.name}; nothing was left to stop`),
    );
  });

  test('is not said to be recorded where only that of somebody else is', async () => {
    const lateStop = { by: recovering.proposal.proposer, at };
    const stopped = { ...recovering, stop: { by: bystander, at }, lateStop };
    expect((await stop([stopped])).texts).not.toContain('The journal has that you asked.');
  });

  test('ended it where that was cancelled since: its entry came late', async () => {
    const execution = { ...recovering.execution, state: 'cancelled' } as Run['execution'];
    const ended = (faultEndedAt: number): Run => ({ ...recovering, execution, faultEndedAt });
    const said = { by: bystander, via: { kind: 'command' } };
    expect((await stop([ended(at)])).written).toEqual([
      { type: 'stop-requested', ...said, saidAt: at },
    ]);
    expect((await stop([ended(at - 1)])).written).toEqual([{ type: 'stop-came-late', ...said }]);
  });

  test('does not say that a fault is gone that pods still carry', async () => {
    const carrying = [{ pod: 'diabetes-a', images: ['pause:3.9'] }];
    const { texts } = await stop([{ ...recovering, carrying }]);
    expect(texts).toMatch(/still on diabetes-a .*kubectl -n \S+ delete pod diabetes-a/);
    expect(texts).not.toMatch(/fault is gone|Fault gone/);
    const run = { ...recovering, carrying, lateStop: { by: bystander, at } };
    const measured = [{ runId: run.id }];
    const frozen = renderFrozenCard([run], { hidden: [], refused: [], measured });
    for (const said of [toTimeline(run).map(({ text }) => text), toCardTexts(frozen)])
      expect(said.join('\n')).not.toMatch(/fault (is|was) gone|No fault was active/);
  });

  test('says the same in the answer to a freeze, and to a stop that was said twice', async () => {
    const { outcome } = await stop([recovering]);
    const frozen = toCardTexts(renderFrozenCard(outcome.runs, outcome)).join('\n');
    expect(frozen).toContain('The fault is over in Azure already.');
    expect(frozen).not.toContain('being stopped');
    expect(joinStops(outcome, outcome)).toMatchObject({ measured: [{ runId: recovering.id }] });
  });
});
