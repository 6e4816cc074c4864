import { settleWithin } from '../time/settle-within.ts';

/** A read that was asked for and has not begun, and the one that began last. */
type Reads<Value> = { next?: Promise<Value>; current: Promise<void> };

/** Nobody waits longer than this for a read of others to end before theirs begins, ms. */
const longestWaitMs = 1_000;

/**
 * Shares reads of the same thing among those who ask at the same time: one is under way, and everybody who asks meanwhile gets the one after it. So nobody is
 * answered by a read that began before they asked.
 */
export function createReadSharing<Value>(): (
  key: string,
  read: () => Promise<Value>,
) => Promise<Value> {
  const known = new Map<string, Reads<Value>>();
  return (key, read) => {
    const reads = known.get(key) ?? { current: Promise.resolve() };
    known.set(key, reads);
    reads.next ??= settleWithin(longestWaitMs, reads.current).then(() => {
      delete reads.next;
      const begun = read();
      const current = begun.then(nothing, nothing).finally(() => {
        if (reads.current === current && !reads.next) known.delete(key);
      });
      reads.current = current;
      return begun;
    });
    return reads.next;
  };
}

const nothing = () => undefined;
