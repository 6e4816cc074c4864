import { expect, test } from '@jest/globals';
import { WantedPods, type WantedState } from '../../src/runs/wanted-pods.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleRun } from '../support/proposal.ts';

const { ready } = sampleRun().proposal.blastRadius;
const requested: Run = { ...sampleRun(), startRequestedAt: 1_000_000 };

/** What a run reads of its workload, which answers with `answer` each time; undefined is no number, an error no answer. */
function follow(resumeFrom?: WantedState) {
  const world: { now: number; reads: number; answer: number | Error | undefined } = {
    now: 1_000_000,
    reads: 0,
    answer: ready,
  };
  const readWantedPods = async () => {
    world.reads += 1;
    if (world.answer instanceof Error) throw world.answer;
    return world.answer;
  };
  const deps = { cluster: { readWantedPods }, clock: { now: () => world.now } };
  const wanted = new WantedPods(sampleRun(), resumeFrom, deps as never);
  const at = async (second: number, answer: typeof world.answer, isBefore = false) => {
    Object.assign(world, { now: 1_000_000 + second * 1_000, answer });
    wanted.look(isBefore ? sampleRun() : requested, 5_000);
    await new Promise((resolve) => setImmediate(resolve));
    return wanted.isKnown ? wanted.now : undefined;
  };
  return { world, wanted, at };
}

test('what a workload wants is believed when it could be read before the fault', async () => {
  const { at, wanted } = follow();
  expect(await at(0, ready, true)).toBe(ready);
  expect(await at(10, ready - 1)).toBe(ready - 1);
  expect(wanted.fewer).toEqual({ at: 1_010_000, notBefore: 1_000_000 });
  expect(await at(20, ready - 1)).toBe(ready - 1);
  expect(wanted.fewer).toEqual({ at: 1_010_000, notBefore: 1_000_000 });
  expect(await at(30, ready + 5)).toBe(ready);
  expect(wanted.fewer).toBeUndefined();
});

test('where it could not, it is not asked later either', async () => {
  const { at, world } = follow();
  expect(await at(0, undefined, true)).toBeUndefined();
  // Where it may not be read, it is not asked more often than others.
  await at(3, undefined, true);
  expect(world.reads).toBe(1);
  expect(await at(10, ready - 1)).toBeUndefined();
  expect(world.reads).toBe(1);
});

test('it is not known while the workload does not say it, and what was known stays', async () => {
  const { at, wanted } = follow();
  await at(0, ready, true);
  await at(10, ready - 1);
  expect(await at(20, undefined)).toBeUndefined();
  expect(wanted.now).toBe(ready);
  expect(await at(30, ready - 1)).toBe(ready - 1);
  expect(wanted.fewer).toEqual({ at: 1_010_000, notBefore: 1_000_000 });
});

test('it is not known when it was read too long ago', async () => {
  const { at } = follow();
  await at(0, ready, true);
  expect(await at(40, new Error('no answer'))).toBe(ready);
  expect(await at(46, new Error('no answer'))).toBeUndefined();
});

test('a first reading that fails is tried again soon, and a clock that is set back puts none off', async () => {
  const { at, world } = follow();
  await at(0, new Error('no answer'), true);
  await at(1, ready, true);
  expect(world.reads).toBe(1);
  expect(await at(2, ready, true)).toBe(ready);
  await at(4, ready);
  expect(world.reads).toBe(2);
  await at(-3_600, ready);
  expect(world.reads).toBe(3);
});

test('a restart goes on with it', async () => {
  const { at, wanted } = follow();
  await at(0, ready, true);
  await at(10, ready - 1);
  const resumed = follow(JSON.parse(JSON.stringify(wanted.state())) as WantedState);
  expect(await resumed.at(20, ready - 1)).toBe(ready - 1);
  expect(resumed.wanted.fewer).toEqual({ at: 1_010_000, notBefore: 1_000_000 });
});

test('no more pods are wanted back than were ready when the start was asked for, or than were approved', async () => {
  const { wanted } = follow();
  const { pods } = sampleRun().proposal.blastRadius;
  wanted.look({ ...requested, podsAtStart: pods.slice(1) }, 5_000);
  expect(wanted.now).toBe(ready - 1);
  const [one] = pods;
  wanted.look({ ...requested, podsAtStart: one ? [...pods, { ...one, uid: 'more' }] : [] }, 5_000);
  expect(wanted.now).toBe(ready);
});
