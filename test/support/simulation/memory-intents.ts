import type { IntentLog, KeptIntent } from '../../../src/runs/ports/intent-log.ts';

/** The intent log of a process, which ends with it: days are about what the database has. */
export function createMemoryIntents(): IntentLog {
  const kept = new Map<string, KeptIntent>();
  return {
    append: async (intent) => {
      const id = String(kept.size);
      kept.set(id, { ...intent, id });
    },
    list: () => Promise.resolve([...kept.values()]),
    settle: async (id) => void kept.delete(id),
  };
}
