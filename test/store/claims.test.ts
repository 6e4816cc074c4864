import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { claimLost } from '../../src/domain/claim-lost.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { Checkpoint } from '../../src/runs/ports/checkpoint-store.ts';
import type { Decide } from '../../src/runs/ports/run-store.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import { embeddedDatabase, serverDatabase } from '../support/databases.ts';
import { proposer, sampleProposed, sha256 } from '../support/proposal.ts';

const clock = { now: () => Date.now() };
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const stop: Decide<undefined> = () => ({
  events: [{ type: 'stop-disallowed', by: proposer, rule: 'any', allowed: 'nobody' } as never],
  outcome: undefined,
});

describe.each([embeddedDatabase(), serverDatabase()])('claims in $name', (database) => {
  let options: { dataDir: string; databaseUrl?: string };
  let store: Store;
  let count = 0;

  beforeAll(async () => {
    options = await database.start();
    store = await openStore({ ...options, clock, sha256, log });
  });
  afterAll(async () => {
    await store.close();
    await database.stop();
  });

  const propose = async () => {
    const id = `r-${String((count += 1)).padStart(6, '0')}` as RunId;
    const run = await store.runs.create(id, sampleProposed());
    if (!run) throw new Error('the id was taken');
    return run;
  };
  const lost = ({ id }: { id: RunId }) => ({
    code: 'claim-lost',
    message: claimLost(id).message,
  });

  test('get a higher epoch with each takeover, also of twenty at once', async () => {
    const { id } = await propose();
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claims.take(id)));
    const epochs = claims.map(({ epoch }) => epoch).toSorted((one, other) => one - other);
    expect(epochs).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const newest = await Promise.all(claims.map((claim) => store.claims.isNewest(claim)));
    expect(claims.filter((_, index) => newest[index]).map(({ epoch }) => epoch)).toEqual([20]);
  });

  test('let the newest write, refuse the others, and do not bind who has none', async () => {
    const run = await propose();
    const before = await store.claims.take(run.id);
    await store.runs.transact(run.id, stop, before);
    const after = await store.claims.take(run.id);
    const written = await store.runs.journal(run.id);
    await expect(store.runs.transact(run.id, stop, before)).rejects.toMatchObject(lost(run));
    expect(await store.runs.journal(run.id)).toEqual(written);
    await store.runs.transact(run.id, stop, after);
    await store.runs.transact(run.id, stop);
    expect(await store.runs.journal(run.id)).toHaveLength(written.length + 2);
  });

  test('refuse the checkpoint of an earlier conductor', async () => {
    const run = await propose();
    const checkpoint = (phase: Checkpoint['phase']) => ({ phase }) as Checkpoint;
    const before = await store.claims.take(run.id);
    await store.checkpoints.save(run.id, checkpoint('baseline'), before);
    const after = await store.claims.take(run.id);
    const late = store.checkpoints.save(run.id, checkpoint('recover'), before);
    await expect(late).rejects.toMatchObject(lost(run));
    expect(await store.checkpoints.find(run.id)).toEqual({ phase: 'baseline' });
    await store.checkpoints.save(run.id, checkpoint('observe'), after);
    expect(await store.checkpoints.find(run.id)).toEqual({ phase: 'observe' });
  });

  test('that were never taken, or are of another run, are refused', async () => {
    const [run, other] = [await propose(), await propose()];
    const claim = await store.claims.take(other.id);
    const borrowed = store.runs.transact(run.id, stop, { ...claim, runId: run.id });
    await expect(borrowed).rejects.toMatchObject(lost(run));
  });

  test('are never the newest any more once another was taken, whatever is written meanwhile', async () => {
    const { id } = await propose();
    const sizeOf = async () => (await store.runs.journal(id)).length;
    for (let round = 0; round < 10; round += 1) {
      const claim = await store.claims.take(id);
      const writes = Array.from({ length: 5 }, () =>
        store.runs.transact(id, stop, claim).catch(() => undefined),
      );
      await store.claims.take(id);
      const size = await sizeOf();
      await Promise.all(writes);
      expect(await sizeOf()).toBe(size);
    }
  });
});
