import { expect, test } from '@jest/globals';
import type { PodChange, PodStatus } from '../../src/domain/measurement.ts';
import { findUnseenChanges } from '../../src/evidence/find-unseen-changes.ts';
import { findSignatures } from '../../src/evidence/injection/find-signatures.ts';

const pod = (change: Partial<PodStatus>): PodStatus => ({
  namespace: 'default',
  name: 'a',
  uid: 'uid-a',
  node: 'node-1',
  ready: true,
  restarts: 0,
  terminating: false,
  ...change,
});
const absence = { since: 20_000, at: 30_000 };

test('are of the pods that they are seen in, also of those of which much was seen before', () => {
  const unseen = findUnseenChanges([pod({ restarts: 3 })], [pod({ restarts: 4 })], absence);
  expect(unseen).toMatchObject([
    { pod: 'a', uid: 'uid-a', kind: 'restarted', unseenSince: 20_000 },
  ]);
  // It crashed before any fault, so that it does so again is no evidence of one.
  const before: PodChange = { at: 5_000, pod: 'a', uid: 'uid-a', kind: 'restarted', detail: '' };
  const look = { from: 10_000, until: 60_000, now: 60_000, least: 1 };
  const fault = { action: 'container-kill', containerNames: [], durationMs: 30_000 } as const;
  expect(findSignatures({ ...look, fault, changes: [before, ...unseen] })).toEqual([]);
  expect(findSignatures({ ...look, fault, changes: unseen })).toHaveLength(1);
});

test('tell pods of one name apart', () => {
  const [gone, created, ready] = findUnseenChanges([pod({})], [pod({ uid: 'uid-b' })], absence);
  expect(gone).toMatchObject({ pod: 'a', uid: 'uid-a', kind: 'deleted' });
  expect(created).toMatchObject({ pod: 'a', uid: 'uid-b', kind: 'created', replaces: 'a' });
  expect(ready).toMatchObject({ pod: 'a', uid: 'uid-b', kind: 'ready' });
});

test('show a pod whose images were swapped meanwhile, and one that has its own again', () => {
  const images = { scoring: 'registry.test/diabetes:1' };
  const paused = { scoring: 'gcr.io/google-containers/pause:latest' };
  const swapped = findUnseenChanges([pod({ images })], [pod({ images: paused })], absence);
  expect(swapped).toMatchObject([{ kind: 'image', uid: 'uid-a', images: paused, restored: false }]);
  const fault = { action: 'pod-failure', containerNames: [], durationMs: 30_000 } as const;
  const look = { from: 10_000, until: 60_000, now: 60_000, least: 1 };
  expect(findSignatures({ ...look, fault, changes: swapped })).toHaveLength(1);
  const restored = findUnseenChanges([pod({ images: paused })], [pod({ images })], absence);
  expect(restored).toMatchObject([{ kind: 'image', restored: true }]);
});
