import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ObjectStore } from '../../../lab/kubernetes-api/object-store.ts';
import { listPage, type Page } from '../../../lab/kubernetes-api/paging.ts';
import { parseSelection } from '../../../lab/kubernetes-api/selectors/selection.ts';
import { addPod } from './api-fixture.ts';
import { applyChange, podChanges } from './store-changes.ts';

function list(store: ObjectStore, parameters: Record<string, string>): Page {
  const query = new URLSearchParams(parameters);
  return listPage(store, 'pods', { selection: parseSelection('pods', query, {}), query });
}

const names = ({ items }: Page) => items.map(({ metadata }) => metadata.name);

function storeWith(...podNames: string[]): ObjectStore {
  const store = new ObjectStore();
  for (const name of podNames) addPod(store, { name });
  return store;
}

describe('paging', () => {
  test('all pages together are the list as it was at the first page, whatever happens in between', () => {
    fc.assert(
      fc.property(
        podChanges,
        podChanges,
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', 'app=heart', 'app!=heart'),
        (before, between, limit, labelSelector) => {
          const store = new ObjectStore();
          for (const change of before) applyChange(store, change);
          const whole = list(store, { labelSelector });
          const parameters = { labelSelector, limit: String(limit) };
          const changes = [...between];
          let page = list(store, parameters);
          const items = [...page.items];
          while (page.metadata.continue) {
            for (const change of changes.splice(0, 5)) applyChange(store, change);
            page = list(store, { ...parameters, continue: page.metadata.continue });
            expect(page.metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
            expect(page.items.length).toBeLessThanOrEqual(limit);
            items.push(...page.items);
          }
          expect(items).toEqual(whole.items);
        },
      ),
    );
  });

  test('says how many remain, but not when a selector hides the number', () => {
    const store = storeWith('a', 'b', 'c');
    expect(list(store, { limit: '1' }).metadata.remainingItemCount).toBe(2);
    const selected = list(store, { limit: '1', labelSelector: 'app' }).metadata;
    expect(selected).not.toHaveProperty('remainingItemCount');
    expect(selected).toHaveProperty('continue');
    expect(list(store, { limit: '3' }).metadata).not.toHaveProperty('continue');
  });

  test('a token from before compaction is expired and comes with one for the rest as it is now', () => {
    const store = storeWith('a', 'b', 'c');
    const token = list(store, { limit: '1' }).metadata.continue ?? '';
    store.delete('pods', { name: 'b' });
    store.compact();
    let continueToken: string | undefined;
    try {
      list(store, { limit: '1', continue: token });
    } catch (error) {
      expect(error).toMatchObject({ code: 410, reason: 'Expired' });
      continueToken = (error as { continueToken: string }).continueToken;
    }
    expect(names(list(store, { continue: continueToken ?? 'none' }))).toEqual(['c']);
  });

  test('shows an exact version while its history is kept', () => {
    const store = storeWith('a', 'b');
    const resourceVersion = store.resourceVersion;
    store.delete('pods', { name: 'a' });
    const exact = { resourceVersion, resourceVersionMatch: 'Exact' };
    expect(names(list(store, exact))).toEqual(['a', 'b']);
    expect(names(list(store, { resourceVersion }))).toEqual(['b']);
    store.compact();
    expect(() => list(store, exact)).toThrow(expect.objectContaining({ code: 410 }));
  });

  test.each([
    [{ continue: 'not-a-token' }, 400],
    [{ continue: 'bnVsbA' }, 400],
    [{ limit: 'many' }, 400],
    [{ resourceVersion: 'x' }, 400],
    [{ resourceVersion: '9999' }, 504],
    [{ resourceVersionMatch: 'Exact' }, 422],
    [{ resourceVersionMatch: 'Exact', resourceVersion: '0' }, 422],
    [{ sendInitialEvents: 'true' }, 422],
  ])('refuses %p with %p', (parameters, code) => {
    expect(() => list(storeWith('a'), parameters)).toThrow(expect.objectContaining({ code }));
  });
});
