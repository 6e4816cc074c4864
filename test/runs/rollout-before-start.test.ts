import { describe, expect, test } from '@jest/globals';
import { findForeignPods } from '../../src/domain/answering-pods.ts';
import { rebuildProgress, toRecorded } from '../../src/domain/rebuild-progress.ts';
import { toServingPods } from '../../src/domain/serving-pods.ts';
import { sampleProposal, startOfTime } from '../support/proposal.ts';
import { conduct, of, swapped, type Staging } from '../support/staged-fault.ts';

const faultMs = 60_000;
const { pods } = sampleProposal().blastRadius;
/** The pods after a rollout that came between the proposal and the baseline. */
const renamed = pods.map((pod) => ({ ...pod, name: `${pod.name}-next`, uid: `${pod.uid}-next` }));
const names = renamed.map(({ name }) => name);
const changes: Staging['changes'] = (_stage, beganAt) => swapped(renamed[0], beganAt, faultMs);

describe('a rollout between the proposal and the start', () => {
  test('makes no other service of it: the pods by then are its own', async () => {
    const run = (await conduct({ changes, renamed })).run();
    const answered = run.observed?.measurement.predictions.pods?.map(({ pod }) => pod);
    expect(answered?.toSorted()).toEqual(names.toSorted());
    expect(run.podsAtStart?.map(({ name }) => name)).toEqual(names);
    expect(findForeignPods(run)).toBeUndefined();
    expect(run.end?.verdict).toBe('held');
  });

  test('leaves none of the former pods that could serve', async () => {
    const run = (await conduct({ changes, renamed })).run();
    const serving = toServingPods(run);
    expect(serving.couldServe(names[1] ?? '', startOfTime, Infinity)).toBe(true);
    expect(serving.couldServe(pods[1]?.name ?? '', startOfTime, Infinity)).toBe(false);
    expect(serving.listOnNode(pods[1]?.node ?? '')).toContain(names[1]);
  });

  test('is seen in what is rebuilt from the journal', async () => {
    const run = (await conduct({ changes, renamed })).run();
    const at = run.observed?.measurement.endedAt ?? 0;
    const seen = rebuildProgress({ ...run, phase: 'observe' }, toRecorded(run), at);
    expect(seen?.pods.pods.map(({ name }) => name)).toEqual(names);
  });

  test('shows a pod that came with it neither before it is created nor as ready before it is', async () => {
    const next = renamed[0];
    const [createdAt, readyAt] = [startOfTime + 10_000, startOfTime + 18_000];
    const staging: Staging = {
      renamed,
      changes: (_stage, beganAt) => [
        of(next, createdAt, 'created'),
        of(next, readyAt, 'ready'),
        ...swapped(next, beganAt, faultMs),
      ],
    };
    const run = (await conduct(staging)).run();
    const recorded = toRecorded(run);
    const findReady = (at: number) =>
      rebuildProgress({ ...run, phase: 'observe' }, recorded, at)?.pods.pods.find(
        ({ name }) => name === next?.name,
      )?.ready;
    const moments = [createdAt - 1, createdAt, readyAt - 1, readyAt];
    expect(moments.map(findReady)).toEqual([undefined, false, false, true]);
  });

  test('is not recorded where there was none', async () => {
    const stage = await conduct({});
    const asked = stage.journal.find(({ event }) => event.type === 'start-requested');
    expect(asked?.event).toEqual({ type: 'start-requested' });
  });
});

test('answers of other pods than those by the start are those of another service', async () => {
  const elsewhere = renamed.map((pod) => ({ ...pod, name: `staging-${pod.name}` }));
  const stage = await conduct({ changes: () => [], renamed: elsewhere });
  const run = { ...stage.run(), podsAtStart: renamed };
  expect(findForeignPods(run)).toHaveLength(elsewhere.length);
});
