import { describe, expect, test } from '@jest/globals';
import { renderLeftFault } from '../../src/cards/left-fault-alert.ts';
import type { PodsView } from '../../src/domain/measurement.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { applyEntry, type Run } from '../../src/domain/run.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { LeftFaults } from '../../src/runs/left-faults.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { sampleRun, startOfTime } from '../support/proposal.ts';

const hourMs = 3_600_000;
const pause = 'gcr.io/google-containers/pause:latest';
const own = 'registry.test/diabetes:1';

const proposed = sampleRun();

/** It waited for ten days. */
const overWith = (images: readonly string[]): Run => ({
  ...proposed,
  proposal: { ...proposed.proposal, proposedAt: startOfTime - 10 * 24 * hourMs },
  phase: 'ended',
  carrying: [{ pod: 'diabetes-a', images }],
  end: { ending: 'failed', verdict: 'inconclusive', why: '', at: startOfTime },
});

type Pod = { readonly name?: string; readonly image: string; readonly terminating?: boolean };

/** A run that is over, and a cluster whose pods run what is said. */
function stage(first: Run = overWith([pause])) {
  const known = { run: first, now: startOfTime, closed: 0, watched: 0 };
  const events: RunEvent[] = [];
  const told: Run[] = [];
  let pods: readonly Pod[] = [{ image: pause }];
  let isAway = false;
  const view = (): PodsView => ({
    pods: pods.map(({ name = 'diabetes-a', image, ...rest }) => ({
      name,
      uid: name,
      ready: true,
      restarts: 0,
      images: { model: image },
      ...rest,
    })) as never,
    confirmedAt: isAway ? 0 : known.now,
  });
  const commit = (event: RunEvent) => {
    const entry = { runId: known.run.id, sequence: known.run.version + 1, at: known.now, event };
    events.push(event);
    known.run = applyEntry(known.run, entry);
  };
  const others: Run[] = [];
  const runs = {
    list: ({ endedSince = 0 }: { endedSince?: number }) =>
      Promise.resolve([...others, known.run].filter(({ end }) => (end?.at ?? 0) >= endedSince)),
    find: () => Promise.resolve(known.run),
    transact(id: string, decide: (run: Run) => { events: RunEvent[]; outcome: unknown }) {
      if (id !== known.run.id) throw new Error('This record can not be written.');
      const decision = decide(known.run);
      decision.events.forEach(commit);
      return Promise.resolve({ run: known.run, outcome: decision.outcome });
    },
  };
  const begin = () =>
    new LeftFaults({
      runs: runs as never,
      announcer: { runChanged: (run: Run) => void told.push(run) } as never,
      cluster: {
        watch() {
          known.watched += 1;
          return { view, close: () => Promise.resolve(void (known.closed += 1)) };
        },
      } as never,
      clock: { now: () => known.now, sleep: () => Promise.resolve() },
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    });
  return {
    known,
    others,
    events,
    told,
    begin,
    /** What pods run from now on, or that the cluster does not show them. */
    show: (shown: readonly Pod[] | 'nothing') => {
      isAway = shown === 'nothing';
      if (shown !== 'nothing') pods = shown;
    },
    at: async (hours: number, left: LeftFaults) => {
      known.now = startOfTime + hours * hourMs;
      await left.check();
    },
  };
}

const gone = { type: 'left-fault-seen', carrying: [] };
const still = { type: 'left-fault-seen', carrying: [{ pod: 'diabetes-a', images: [pause] }] };

describe('a fault that a run left behind', () => {
  test('is watched from the end of its run, and said to be gone once', async () => {
    const { known, events, told, begin, show, at } = stage();
    const left = begin();
    await at(0.1, left);
    expect(known.watched).toBe(0);
    left.add(known.run.id);
    await at(0.2, left);
    expect([known.watched, events]).toEqual([1, []]);
    show([{ image: own }]);
    await at(0.3, left);
    await at(0.4, left);
    expect(events).toEqual([expect.objectContaining(gone)]);
    expect(told).toEqual([known.run]);
    expect(known.closed).toBe(1);
  });

  test('is told of again after 1, 4, 12 and 24 hours while pods carry it, and then no more', async () => {
    const { known, events, begin, at } = stage();
    const left = begin();
    await left.find();
    const told: number[] = [];
    for (let hours = 0; hours <= 30; hours += 0.5) {
      const before = events.length;
      await at(hours, left);
      if (events.length > before) told.push(hours);
    }
    expect(told).toEqual([1, 4, 12, 24]);
    expect(events).toEqual([still, still, still, still]);
    expect([known.watched, known.closed]).toEqual([1, 1]);
  });

  test('is watched on after a restart, and nothing is told twice', async () => {
    const { events, begin, show, at } = stage();
    const before = begin();
    await before.find();
    await at(1, before);
    await before.close();
    const left = begin();
    await left.find();
    await at(1.5, left);
    expect(events).toEqual([still]);
    show([]);
    await at(2, left);
    expect(events).toEqual([still, expect.objectContaining(gone)]);
    const later = begin();
    await later.find();
    await at(5, later);
    expect(events).toHaveLength(2);
  });

  test('is written down once where two processes watch it', async () => {
    const { events, begin, show, at } = stage();
    const both = [begin(), begin()];
    for (const left of both) await left.find();
    for (const left of both) await at(1, left);
    show([{ image: own }]);
    for (const left of both) await at(1.1, left);
    expect(events).toEqual([still, expect.objectContaining(gone)]);
  });

  test('is told of by another process where the one that conducted the run is gone', async () => {
    const { known, events, begin, at } = stage({ ...overWith([pause]), phase: 'recover' });
    const { end } = overWith([pause]);
    const left = begin();
    await left.find();
    await at(0.1, left);
    known.run = { ...known.run, phase: 'ended', end: { ...end!, at: startOfTime + 0.1 * hourMs } };
    for (let hours = 0.1; hours < 1.5; hours += 0.01) await at(hours, left);
    expect(events).toEqual([still]);
  });

  test('is told of although that of another run can not be written down', async () => {
    const { others, events, begin, at } = stage();
    others.push({ ...overWith([pause]), id: 'r-000bad' as never });
    const left = begin();
    await left.find();
    await at(1, left);
    expect(events).toEqual([still]);
  });

  test('was removed between two times where nobody looked in between', async () => {
    const { known, events, begin, show, at } = stage();
    const before = begin();
    await before.find();
    await at(1, before);
    await before.close();
    show([{ image: own }]);
    const left = begin();
    known.now = startOfTime + 6 * hourMs;
    await left.find();
    await at(6, left);
    expect(events.at(-1)).toEqual({ ...gone, carriedUntil: startOfTime + hourMs });
  });

  test('is not said to be gone while the cluster does not show its pods', async () => {
    const { events, begin, show, at } = stage();
    const left = begin();
    await left.find();
    show('nothing');
    await at(0.5, left);
    expect(events).toEqual([]);
    await at(1, left);
    expect(events).toEqual([{ ...still, isUnseen: true }]);
    show([{ image: own }]);
    await at(1.1, left);
    expect(events.at(-1)).toMatchObject(gone);
  });

  test.each([
    ['another image in the place of its own', [{ image: 'other/image:2' }], ['other/image:2']],
    ['a pause image by another name', [{ image: 'registry.k8s.io/pause:3.9' }], [pause]],
  ])('is carried by a pod that runs %s', async (_what, pods, images) => {
    const { events, begin, show, at } = stage(overWith(images));
    const left = begin();
    await left.find();
    show(pods);
    await at(0.5, left);
    expect(events).toEqual([]);
  });

  test.each([
    ['is made anew with its own image', [{ image: own }]],
    ['is being deleted', [{ image: pause, terminating: true }]],
    ['is no longer there, whatever others run', [{ name: 'diabetes-z', image: pause }]],
  ])('is gone when the pod %s', async (_what, pods) => {
    const { events, begin, show, at } = stage();
    const left = begin();
    await left.find();
    show(pods);
    await at(0.5, left);
    expect(events).toEqual([expect.objectContaining(gone)]);
  });

  test('is not watched any more by a process that ends while it looks', async () => {
    const { known, begin, at } = stage();
    const left = begin();
    left.add(known.run.id);
    const looking = at(0.5, left);
    await left.close();
    await looking;
    expect(known.closed).toBe(known.watched);
  });

  test('is not watched by a process that ends while it searches', async () => {
    const { known, begin } = stage();
    const left = begin();
    const searching = left.find();
    await left.close();
    await searching;
    expect(known.watched).toBe(0);
  });

  test('is not looked for where a run left none', async () => {
    const { known, begin, at } = stage({ ...overWith([]), carrying: [] });
    const left = begin();
    await left.find();
    left.add(known.run.id);
    await at(2, left);
    expect(known.watched).toBe(0);
  });
});

describe('the news of it', () => {
  const after = async (hours: number, pods: Parameters<ReturnType<typeof stage>['show']>[0]) => {
    const { known, begin, show, at } = stage();
    const left = begin();
    await left.find();
    show(pods);
    await at(hours, left);
    const { run } = known;
    const card = run.leftFault && renderLeftFault(run, run.leftFault);
    return { text: toCardTexts(card).join('\n'), steps: toNextSteps(run) };
  };

  test('names the pods, how to remove it, and when it is told of next', async () => {
    const { text, steps } = await after(1, [{ image: pause }]);
    expect(text).toContain('The fault is still there');
    expect(text).toContain('diabetes-a (running');
    expect(text).toContain('delete pod diabetes-a');
    expect(text).toMatch(/Next update: .* or at 2026-\d\d-\d\d \d\d:\d\d:\d\d UTC/);
    expect(steps[0]).toContain('delete pod diabetes-a');
  });

  test('says when it is the last', async () => {
    expect((await after(24, [{ image: pause }])).text).toContain('This is the last update');
  });

  test('does not take for seen what was not', async () => {
    const { text } = await after(1, 'nothing');
    expect(text).toContain('may still be there');
    expect(text).toContain("can't be read");
  });

  test('says since when it is gone', async () => {
    const { text, steps } = await after(0.5, [{ image: own }]);
    expect(text).toMatch(/The fault is gone[^]*It was removed (by|between) 2026-/);
    expect(steps[0]).toMatch(/^The fault that was left behind is gone: removed/);
  });
});
