import { beforeEach, describe, expect, test } from '@jest/globals';
import type { FreezeEvent } from '../../src/domain/freeze.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toAnchorHash, toFirstHash, type Anchor } from '../../src/store/anchors.ts';
import { toCommitment, type KeptName } from '../../src/store/people.ts';
import { toEntryHash, toGenesisHash, type ChainedEntry } from '../../src/store/hash-chain.ts';
import { freezesChain, type FreezeRow } from '../../src/store/freeze-chain.ts';
import { toRow, type RunRow } from '../../src/store/run-rows.ts';
import { verifyJournal } from '../../src/store/verify-journal.ts';
import { Turns } from '../../src/store/verify/turns.ts';
import {
  approver,
  proposer,
  sampleCourse,
  sampleProposed,
  sha256,
  startOfTime,
} from '../support/proposal.ts';

type Content = {
  runs: RunRow[];
  chains: Map<RunId, ChainedEntry[]>;
  freezes: FreezeRow[];
  anchors: Anchor[];
  names: KeptName[];
};
const ids = ['r-000001', 'r-000002'] as RunId[];
let content: Content;

/** Two runs that were written by turns, as the bot writes them. */
beforeEach(() => {
  content = {
    runs: [],
    chains: new Map(ids.map((id) => [id, []])),
    freezes: [],
    anchors: [],
    names: [],
  };
  for (const event of [sampleProposed(), ...sampleCourse()]) {
    for (const id of ids) append(id, event);
  }
  content.runs = ids.map((id) => toRow(foldRun(content.chains.get(id) ?? [])));
  freeze('freeze');
  freeze('unfreeze');
});

function append(runId: RunId, event: ChainedEntry['event']): void {
  const chain = content.chains.get(runId) ?? [];
  const sequence = chain.length + 1;
  const previousHash = chain.at(-1)?.hash ?? toGenesisHash(runId, sha256);
  const entry = { runId, sequence, at: startOfTime + sequence, event };
  const hash = toEntryHash(entry, previousHash, sha256);
  chain.push({ ...entry, previousHash, hash });
  content.chains.set(runId, chain);
  anchor(runId, sequence, hash);
}

/** Freezes or unfreezes, as the bot records it. */
function freeze(type: FreezeEvent['type']): void {
  const sequence = content.freezes.length + 1;
  const at = startOfTime + 100 + sequence;
  const event = { type, freeze: { at, by: { name: 'PagerDuty' } } };
  const previousHash = content.freezes.at(-1)?.hash ?? toGenesisHash(freezesChain, sha256);
  const hash = toEntryHash({ runId: freezesChain, sequence, at, event }, previousHash, sha256);
  content.freezes.push({
    sequence,
    kind: type,
    at,
    freeze: JSON.stringify(event.freeze),
    place: sequence,
    previous_hash: previousHash,
    hash,
  });
  anchor(freezesChain, sequence, hash);
}

function anchor(runId: RunId, entrySequence: number, entryHash: string): void {
  const anchor: Anchor = {
    sequence: content.anchors.length + 1,
    runId,
    entrySequence,
    entryHash,
    previousHash: content.anchors.at(-1)?.hash ?? toFirstHash(sha256),
    hash: '',
  };
  content.anchors.push({ ...anchor, hash: toAnchorHash(anchor, sha256) });
}

const chainOf = (id = ids[0] as RunId) => content.chains.get(id) ?? [];
const problem = async () => (await verify(content)).problem;

function verify({ runs, chains, freezes, anchors, names }: Content) {
  const entries = [...chains.values()].flat();
  const placeOf = (runId: RunId, sequence: number) =>
    anchors.find((one) => one.runId === runId && one.entrySequence === sequence)?.sequence ?? null;
  const keptOf = (id: RunId) => {
    const row = runs.find((one) => one.id === id);
    return row && { row, charge: undefined };
  };
  const pages = {
    anchors: () =>
      inPages(
        anchors.map((one) => ({
          ...one,
          written: chains.get(one.runId)?.[one.entrySequence - 1]?.hash ?? null,
        })),
      ),
    freezeAnchors: () => Promise.resolve([]),
    entries: () =>
      inPages(entries.map((entry) => ({ entry, place: placeOf(entry.runId, entry.sequence) }))),
    runs: () =>
      inPages(
        runs.map(({ id, version }) => ({
          id: id as RunId,
          version,
          hasEntries: chains.has(id as RunId),
        })),
      ),
    freezes: () => inPages(freezes),
    names: () => inPages(names),
    rows: (asked: readonly RunId[]) => Promise.resolve(asked.flatMap((id) => keptOf(id) ?? [])),
    record: (id: RunId) => Promise.resolve({ kept: keptOf(id), entries: chains.get(id) ?? [] }),
    isFreezeAnchored: (sequence: number) =>
      Promise.resolve(placeOf(freezesChain, sequence) !== null),
  };
  return verifyJournal({ pages, head: anchors.at(-1), sha256, turns: new Turns() });
}

/** Three at a time, so that every chain is on several pages. */
async function* inPages<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  for (let start = 0; start < items.length; start += 3) {
    await Promise.resolve();
    yield items.slice(start, start + 3);
  }
}

/** The approver's name, as it is kept beside the journal. */
function keptName(): KeptName {
  const kept = { person_id: approver.id, name: approver.name, salt: '5a17' };
  return { ...kept, commitment: toCommitment(kept, sha256), used_at: startOfTime };
}

/** What somebody with the database does who also makes the hashes right again, from an entry on. */
function rehash(id: RunId): void {
  let previousHash = toGenesisHash(id, sha256);
  const again = chainOf(id).map((entry, index) => {
    const placed = { ...entry, sequence: index + 1 };
    const hash = toEntryHash(placed, previousHash, sha256);
    const chained = { ...placed, previousHash, hash };
    previousHash = hash;
    return chained;
  });
  content.chains.set(id, again);
  content.runs = content.runs.map((run) =>
    run.id === id ? { ...run, version: again.length } : run,
  );
}

describe('a journal', () => {
  test('that is as it was written is whole', async () => {
    expect(await verify(content)).toEqual({
      runs: 2,
      entries: content.anchors.length - content.freezes.length,
      freezes: 2,
      head: content.anchors.at(-1)?.hash,
    });
    content.names.push(keptName());
    expect(await problem()).toBeUndefined();
    const empty = { runs: [], chains: new Map(), freezes: [], anchors: [], names: [] };
    expect(await verify(empty)).toEqual({ runs: 0, entries: 0, head: null });
  });

  const [id] = ids as [RunId];
  test.each<[string, () => void, object]>([
    [
      'an entry changed',
      () => (chainOf()[2] = { ...chainOf()[2]!, at: 0 }),
      { runId: id, sequence: 3 },
    ],
    ['an entry taken away', () => chainOf().splice(2, 1), { runId: id, sequence: 4 }],
    [
      'entries in another order',
      () => content.chains.set(id, chainOf().toReversed()),
      { runId: id },
    ],
    ['an entry put in', () => chainOf().splice(2, 0, chainOf()[1]!), { runId: id, sequence: 2 }],
    ['its end cut off', () => chainOf().pop(), { runId: id }],
    [
      'its end cut off, and the run set back',
      () => {
        chainOf().pop();
        rehash(id);
      },
      { runId: id },
    ],
    [
      'an entry changed and all hashes after it made anew',
      () => {
        chainOf()[2] = { ...chainOf()[2]!, at: 0 };
        rehash(id);
      },
      { runId: id, sequence: 3 },
    ],
    [
      'an entry added with a right hash',
      () => {
        chainOf().push(chainOf()[1]!);
        rehash(id);
      },
      { runId: id },
    ],
    [
      'a run taken away',
      () => {
        content.chains.delete(id);
        content.runs = content.runs.slice(1);
      },
      { runId: id, sequence: 1 },
    ],
    ['a run without its entries', () => content.chains.delete(id), { runId: id }],
    ['entries without their run', () => (content.runs = content.runs.slice(1)), { runId: id }],
    ['an anchor taken away', () => content.anchors.splice(4, 1), { sequence: 6 }],
    [
      'an anchor changed',
      () => (content.anchors[4] = { ...content.anchors[4]!, entryHash: '' }),
      { sequence: 5 },
    ],
    [
      'the last anchor taken away',
      () => content.anchors.pop(),
      { runId: 'freezes', what: expect.stringMatching(/never chained/) },
    ],
    [
      'another name than the one that was written',
      () => content.names.push({ ...keptName(), name: 'Somebody Else' }),
      { what: expect.stringMatching(/the name of a person/) },
    ],
    [
      'the name of somebody given to another',
      () => content.names.push({ ...keptName(), person_id: proposer.id }),
      { what: expect.stringMatching(/the name of a person/) },
    ],
    [
      'a freeze changed',
      () => (content.freezes[0] = { ...content.freezes[0]!, at: 0 }),
      { runId: 'freezes', sequence: 1 },
    ],
    ['a freeze taken away', () => content.freezes.shift(), { runId: 'freezes', sequence: 2 }],
    [
      'the newest unfreeze taken away',
      () => content.freezes.pop(),
      { runId: 'freezes', sequence: 2, what: expect.stringMatching(/is gone/) },
    ],
    [
      'an unfreeze put in by hand',
      () =>
        content.freezes.push({
          ...content.freezes[1]!,
          place: null,
          previous_hash: null,
          hash: null,
        }),
      { runId: 'freezes', sequence: 3, what: expect.stringMatching(/by hand/) },
    ],
    [
      'the phase of a row changed',
      () => (content.runs[0] = { ...content.runs[0]!, phase: 'approved' }),
      { runId: id, what: expect.stringMatching(/differs from its journal: column phase$/) },
    ],
  ])('with %s is found out', async (_what, tamper, where) => {
    tamper();
    expect(await problem()).toMatchObject(where);
  });

  test('names every field of a row that is not what the journal says', async () => {
    const [first, second] = content.runs;
    const { approvals: _gone, ...changed } = JSON.parse(second!.run) as Record<string, unknown>;
    content.runs = [
      { ...first!, phase: 'approved', version: 7 },
      { ...second!, run: JSON.stringify({ ...changed, phase: 'ended', more: true }) },
    ];
    const { differences = [] } = await verify(content);
    expect(differences.map(({ runId, field }) => `${runId} ${field}`)).toEqual([
      'r-000001 column phase',
      'r-000001 column version',
      'r-000002 approvals',
      'r-000002 more',
      'r-000002 phase',
    ]);
    expect(differences[0]).toMatchObject({ journal: '"recover"', row: '"approved"' });
    expect(differences[3]).toMatchObject({ journal: 'nothing', row: 'true' });
  });
});
