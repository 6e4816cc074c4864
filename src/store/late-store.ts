import type { ChaosError } from '../domain/chaos-error.ts';
import type { Store } from './open-store.ts';
import { storeUnavailable } from './store-error.ts';

/** A store whose database may not be there yet. */
export type LateStore = Store & {
  /** From now on everything goes to this store. */
  open(store: Store): void;
  /** Why it can't be opened yet, for who checks it. */
  blame(problem: ChaosError): void;
};

/** Creates a store that rejects everything with `store-unavailable` until it is given one that is open. */
export function createLateStore(): LateStore {
  let opened: Store | undefined;
  let blamed = storeUnavailable();
  const ask = async <Value>(question: (store: Store) => Promise<Value>): Promise<Value> => {
    if (opened) return question(opened);
    throw storeUnavailable(blamed);
  };
  return {
    runs: {
      create: (runId, event) => ask(({ runs }) => runs.create(runId, event)),
      transact: (runId, decide, claim) => ask(({ runs }) => runs.transact(runId, decide, claim)),
      find: (runId) => ask(({ runs }) => runs.find(runId)),
      list: (filter) => ask(({ runs }) => runs.list(filter)),
      count: (filter) => ask(({ runs }) => runs.count(filter)),
      journal: (runId) => ask(({ runs }) => runs.journal(runId)),
      chain: (runId) => ask(({ runs }) => runs.chain(runId)),
      charges: (filter) => ask(({ runs }) => runs.charges(filter)),
      fillCharges: (signal) => ask(({ runs }) => runs.fillCharges(signal)),
      verify: (asked) => ask(({ runs }) => runs.verify(asked)),
    },
    jobs: {
      work: (...given) => ask(({ jobs }) => jobs.work(...given)),
      drain: async (timeoutMs) => opened?.jobs.drain(timeoutMs),
    },
    claims: {
      take: (runId) => ask(({ claims }) => claims.take(runId)),
      isNewest: (claim) => ask(({ claims }) => claims.isNewest(claim)),
    },
    checkpoints: {
      find: (runId) => ask(({ checkpoints }) => checkpoints.find(runId)),
      save: (runId, checkpoint, claim) =>
        ask(({ checkpoints }) => checkpoints.save(runId, checkpoint, claim)),
    },
    messages: {
      find: (runId, role) => ask(({ messages }) => messages.find(runId, role)),
      save: (runId, role, message) => ask(({ messages }) => messages.save(runId, role, message)),
      undelivered: (since) => ask(({ messages }) => messages.undelivered(since)),
    },
    names: {
      erase: (id) => ask(({ names }) => names.erase(id)),
      eraseUnused: (since) => ask(({ names }) => names.eraseUnused(since)),
    },
    freezes: {
      current: () => ask(({ freezes }) => freezes.current()),
      freeze: (asked) => ask(({ freezes }) => freezes.freeze(asked)),
      freezeLate: (asked) => ask(({ freezes }) => freezes.freezeLate(asked)),
      unfreeze: (lifting) => ask(({ freezes }) => freezes.unfreeze(lifting)),
    },
    journal: { read: (from, to) => ask(({ journal }) => journal.read(from, to)) },
    installation: () => opened?.installation(),
    check: () => (opened ? opened.check() : Promise.reject(blamed)),
    close: async () => opened?.close(),
    open: (store) => void (opened = store),
    blame: (problem) => void (blamed = problem),
  };
}
