import type { Catalogue } from '../../src/domain/catalogue.ts';
import { createTestIntents } from './test-intents.ts';

/** What a stop needs of the outside where chaos.yaml keeps nothing to anybody. */
export const openToAll = {
  catalogue: { clusters: [], experiments: [] } as unknown as Catalogue,
  membership: { memberOf: () => Promise.resolve([]) },
  roster: { isMember: () => Promise.resolve(false) },
  intents: createTestIntents(),
  judge: () => Promise.resolve('allowed' as const),
};
