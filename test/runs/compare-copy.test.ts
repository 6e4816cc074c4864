import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toCopyText, type AnchoredEntry } from '../../src/domain/anchored-entry.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { compareCopy } from '../../src/runs/compare-copy.ts';

/** More than are read at once. */
const places = Array.from({ length: 80 }, (_, index) => index + 1);

function entryAt(place: number, at = place): AnchoredEntry {
  const runId = 'r-000001' as RunId;
  const hashes = { previousHash: `${place - 1}`, hash: `${place}` };
  return {
    anchor: { sequence: place, runId, entrySequence: place, entryHash: `${place}`, ...hashes },
    entry: { runId, sequence: place, at, event: { type: 'expired' }, ...hashes },
  };
}

function compare(journal: ReadonlyMap<number, AnchoredEntry>, copy: ReadonlyMap<number, string>) {
  return compareCopy({
    journal: {
      read: (from, to) =>
        Promise.resolve(
          [...journal].flatMap(([place, entry]) => (place >= from && place <= to ? [entry] : [])),
        ),
    },
    copy: {
      list: () => Promise.resolve([...copy.keys()]),
      read: (place) => Promise.resolve(copy.get(place)),
      create: () => Promise.reject(new Error('a comparison writes nothing')),
    },
  });
}

const wholeJournal = () => new Map(places.map((place) => [place, entryAt(place)]));
const wholeCopy = (length = places.length) =>
  new Map(places.slice(0, length).map((place) => [place, toCopyText(entryAt(place))]));

describe('a copy compared with its journal', () => {
  test('may be behind', () =>
    fc.assert(
      fc.asyncProperty(fc.nat(places.length), async (length) => {
        expect(await compare(wholeJournal(), wholeCopy(length))).toEqual({ entries: length });
      }),
    ));

  const edits = fc.uniqueArray(
    fc.record({
      place: fc.integer({ min: 1, max: places.length }),
      what: fc.constantFrom('changed', 'gone from the journal', 'garbled', 'gone from the copy'),
    }),
    { selector: ({ place }) => place, minLength: 1, maxLength: 5 },
  );
  test('is found out at the first place where one of them was tampered with', () =>
    fc.assert(
      fc.asyncProperty(edits, async (edits) => {
        const journal = wholeJournal();
        const copy = wholeCopy();
        for (const { place, what } of edits) {
          if (what === 'changed') journal.set(place, entryAt(place, -1));
          if (what === 'gone from the journal') journal.delete(place);
          if (what === 'garbled') copy.set(place, '{"entry":');
          if (what === 'gone from the copy') copy.delete(place);
        }
        // The end of the copy cannot be told from one that is behind.
        const last = Math.max(...copy.keys());
        const seen = edits.filter(({ place }) => place <= last).map(({ place }) => place);
        const { problem } = await compare(journal, copy);
        expect(problem?.sequence).toBe(seen.length === 0 ? undefined : Math.min(...seen));
      }),
    ));
});
