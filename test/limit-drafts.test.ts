import { setImmediate } from 'node:timers/promises';
import { beforeEach, expect, test } from '@jest/globals';
import { limitDrafts } from '../src/limit-drafts.ts';
import type { DraftRequest, ProposeRequest, StopRequest, UseCases } from '../src/runs/use-cases.ts';

let drafting: (() => void)[];
let stops: number;
let useCases: UseCases;
beforeEach(() => {
  drafting = [];
  stops = 0;
  const draft = () => new Promise((resolve) => drafting.push(() => resolve(undefined)));
  const bound = { propose: draft, preview: draft, dryRun: draft, stop: async () => (stops += 1) };
  useCases = limitDrafts(bound as unknown as UseCases);
});

const kinds = [
  () => useCases.propose({} as ProposeRequest),
  () => useCases.preview({} as DraftRequest),
  () => useCases.dryRun({} as DraftRequest),
];
const draftMany = (count: number): Promise<unknown>[] =>
  Array.from({ length: count }, async (_, index) => kinds[index % kinds.length]?.());

test('eight proposals are drafted at once, and the next when one is done', async () => {
  const drafts = draftMany(30);
  await setImmediate();
  expect(drafting).toHaveLength(8);
  drafting[0]?.();
  await setImmediate();
  expect(drafting).toHaveLength(9);
  for (let index = 1; index < 30; index += 1) {
    drafting[index]?.();
    await setImmediate();
  }
  await Promise.all(drafts);
});

test('a stop does not wait for proposals', async () => {
  void draftMany(30);
  await useCases.stop({} as StopRequest);
  expect(stops).toBe(1);
});

test('a proposal is refused when too many wait', async () => {
  void draftMany(8);
  await setImmediate();
  void draftMany(200);
  await expect(useCases.propose({} as ProposeRequest)).rejects.toMatchObject({ code: 'too-busy' });
  drafting[0]?.();
  await setImmediate();
  const one = useCases.propose({} as ProposeRequest).catch((error: unknown) => error);
  for (let index = 1; index < 209; index += 1) {
    drafting[index]?.();
    await setImmediate();
  }
  expect(await one).toBeUndefined();
});
