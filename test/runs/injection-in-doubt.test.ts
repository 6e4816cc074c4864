import { describe, expect, test } from '@jest/globals';
import { renderInjectionAlert } from '../../src/cards/injection-alert.ts';
import { toHeadline } from '../../src/domain/headline.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import type { PodChange } from '../../src/domain/measurement.ts';
import { sampleProposal } from '../support/proposal.ts';
import type { Stage } from '../support/stage.ts';
import { beginOf, conduct, deleted, first, of, second, swapped } from '../support/staged-fault.ts';

/** A pod that ends and in whose place none comes. */
const ended = (pod: typeof first, at: number): PodChange[] => [
  of(pod, at, 'not-ready', { terminating: true }),
  of(pod, at + 900, 'deleted'),
];
const isUnderFault = (dueAt: number, stage: Stage) =>
  dueAt > beginOf(stage) && dueAt < beginOf(stage) + 60_000;
const containerKill = { action: 'container-kill', containerNames: ['scoring'] } as const;
const restarted = (pod: typeof first, at: number, more: Partial<PodChange>) =>
  of(pod, at, 'restarted', { containers: ['scoring'], ...more });
const toWords = (stage: Stage) => printHeadline(toHeadline(stage.run())!);

describe('pods that were killed and not replaced', () => {
  test('deviate when the service was broken', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => ended(first, beganAt),
      isReady: (current, index) => index !== 0 || current.now < beginOf(current),
      loses: isUnderFault,
    });
    expect(stage.run()).toMatchObject({ end: { verdict: 'deviated' } });
  });

  test('never hold: somebody may have scaled down', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => [
        ...ended(first, beganAt),
        of(first, beganAt + 35_000, 'created', { uid: 'new', replaces: first?.name ?? '' }),
      ],
    });
    const { end, injection } = stage.run();
    expect(end).toMatchObject({ verdict: 'inconclusive' });
    expect(injection?.mismatches).toEqual([{ code: 'not-replaced', pods: [first?.name] }]);
    expect(JSON.stringify(renderInjectionAlert(stage.run()))).toContain('why no other was made');
  });

  test('are none of the fault where it hit as many as approved for certain', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => [
        ...deleted(first, beganAt),
        ...ended(second, beganAt + 10_000),
      ],
    });
    expect(stage.run()).toMatchObject({
      end: { verdict: 'held' },
      injection: { others: [second?.name], mismatches: [] },
    });
  });
});

describe('containers that ended', () => {
  test.each([
    ['for their memory or by themselves, are no evidence', { killed: false }, 'void'],
    ['by a kill, are', { killed: true }, 'held'],
  ])('%s', async (_how, how, verdict) => {
    const stage = await conduct({
      fault: containerKill,
      changes: (_stage, beganAt) => [restarted(first, beganAt + 5_000, how)],
    });
    expect(stage.run()).toMatchObject({ end: { verdict } });
  });
});

test('a pod that is not ready by its probe alone does not carry a pod-failure', async () => {
  const stage = await conduct({
    changes: (_stage, beganAt) => [
      of(first, beganAt + 2_000, 'not-ready'),
      of(first, beganAt + 57_000, 'ready'),
    ],
  });
  expect(stage.run()).toMatchObject({ end: { verdict: 'void' } });
});

test('fewer pods than approved never hold, and the headline has those that were hit', async () => {
  const { blastRadius } = sampleProposal();
  const hit = { least: 3, most: 3 };
  const stage = await conduct(
    { fault: { mode: 'all' }, changes: (_stage, beganAt) => swapped(first, beganAt, 60_000) },
    {},
    { blastRadius: { ...blastRadius, hit } },
  );
  expect(stage.run()).toMatchObject({
    end: { verdict: 'inconclusive' },
    injection: { mismatches: [{ code: 'fewer-pods', hit: 1, approved: 3 }] },
  });
  expect(toWords(stage)).toContain('while one pod was down');
});

test('fewer pods than approved are as approved where one was gone before the start', async () => {
  const { blastRadius } = sampleProposal();
  const hit = { least: 3, most: 3 };
  const left = blastRadius.pods.slice(0, 2);
  const stage = await conduct(
    {
      fault: { mode: 'all' },
      renamed: left,
      changes: (_stage, beganAt) => left.flatMap((pod) => swapped(pod, beganAt, 60_000)),
      isReady: (_stage, index) => index < left.length,
    },
    {},
    { blastRadius: { ...blastRadius, hit } },
  );
  expect(stage.run().podsAtStart).toHaveLength(2);
  // Nor is the one that was gone wanted back.
  expect(stage.run()).toMatchObject({
    observed: { measurement: { pods: { desired: 2 } } },
    end: { verdict: 'held' },
  });
  expect(stage.run().injection).toMatchObject({ mismatches: [] });
});

test('a pod that was not ready when the start was asked for is not wanted back', async () => {
  const { blastRadius } = sampleProposal();
  const isReady = (_stage: Stage, index: number) => index > 0;
  const pods = blastRadius.pods.map((pod, index) => ({ ...pod, ready: index > 0 }));
  const stage = await conduct(
    {
      fault: { mode: 'all' },
      renamed: pods,
      changes: (_stage, beganAt) => pods.flatMap((pod) => swapped(pod, beganAt, 60_000)),
      isReady,
    },
    {},
    { guards: [], blastRadius: { ...blastRadius, hit: { least: 3, most: 3 } } },
  );
  expect(stage.run()).toMatchObject({
    observed: { measurement: { pods: { desired: 2 } } },
    end: { verdict: 'held' },
  });
});

test('a fault that was found late, since nobody looked, is not called shorter than it was', async () => {
  const stage = await conduct({
    changes: (_stage, beganAt) =>
      swapped(first, beganAt + 22_000, 38_000).map((change, index) =>
        index < 2 ? { ...change, unseenSince: beganAt - 2_000 } : change,
      ),
  });
  const run = stage.run();
  expect(run).toMatchObject({ end: { verdict: 'held' }, injection: { mismatches: [] } });
  const { startedAt = 0, endedAt = 0 } = run.observed?.measurement ?? {};
  expect(endedAt - startedAt).toBeGreaterThan(58_000);
});
