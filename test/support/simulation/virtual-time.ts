import { AsyncLocalStorage } from 'node:async_hooks';
import { startOfTime } from '../proposal.ts';

/** A process in the simulation. What it waits for does not come while it is paused, and never once it is dead. */
export type Owner = { pausedUntil: number; dead: boolean };

type Timer = {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  readonly fire: () => void;
};

const current = new AsyncLocalStorage<Owner>();
const settle = globalThis.setImmediate;

/**
 * Time that passes only when everybody waits. Timers fire in the order of their times, so the same seed gives the same course. While it is installed, the
 * global timers of this process are its own.
 */
export class VirtualTime {
  now = startOfTime;
  readonly #heap: Timer[] = [];
  readonly #cancelled = new Set<number>();
  #order = 0;

  /** Everything that `work` begins belongs to this process. */
  as<Value>(owner: Owner, work: () => Value): Value {
    return current.run(owner, work);
  }

  /** Calls `fire` after `delayMs`, for `owner`; for nobody, as a message on the wire is nobody's, where it is undefined. */
  after(delayMs: number, fire: () => void, owner?: Owner): number {
    this.#order += 1;
    this.#push({ at: this.now + Math.max(0, delayMs), order: this.#order, owner, fire });
    return this.#order;
  }

  cancel(order: number): void {
    this.#cancelled.add(order);
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const order = this.after(delayMs, wake, current.getStore());
      const { cancel } = { cancel: () => this.cancel(order) };
      const abort = () => {
        cancel();
        resolve();
      };
      function wake() {
        signal?.removeEventListener('abort', abort);
        resolve();
      }
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Lets time pass until `isOver`, at most until `limit`. Gives whether it is over. */
  async run(isOver: () => boolean, limit: number): Promise<boolean> {
    for (;;) {
      await new Promise<void>((resolve) => settle(resolve));
      if (isOver()) return true;
      const next = this.#heap[0];
      if (!next || next.at > limit) return false;
      const timer = this.#pop();
      if (!timer) return false;
      this.now = Math.max(this.now, timer.at);
      this.#fire(timer);
    }
  }

  /** Replaces the global timers; gives what puts the real ones back. */
  install(): () => void {
    const { setTimeout: realSet, clearTimeout: realClear } = globalThis;
    const set = (fire: () => void, delayMs = 0) => this.after(delayMs, fire, current.getStore());
    Object.assign(globalThis, {
      setTimeout: set,
      clearTimeout: (order: number | undefined) => {
        if (order !== undefined) this.cancel(order);
      },
    });
    return () => void Object.assign(globalThis, { setTimeout: realSet, clearTimeout: realClear });
  }

  #fire({ owner, fire, order }: Timer): void {
    if (this.#cancelled.delete(order) || owner?.dead) return;
    if (!owner) return fire();
    if (owner.pausedUntil > this.now)
      return this.#push({ at: owner.pausedUntil, order, owner, fire });
    current.run(owner, fire);
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    heap.push(timer);
    for (let index = heap.length - 1; index > 0;) {
      const parent = (index - 1) >> 1;
      if (!isBefore(heap[index], heap[parent])) return;
      swap(heap, index, parent);
      index = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    heap[0] = last;
    for (let index = 0; ;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      let least = index;
      if (isBefore(heap[left], heap[least])) least = left;
      if (isBefore(heap[right], heap[least])) least = right;
      if (least === index) return first;
      swap(heap, index, least);
      index = least;
    }
  }
}

function isBefore(one: Timer | undefined, other: Timer | undefined): boolean {
  if (!one || !other) return false;
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

function swap(heap: Timer[], one: number, other: number): void {
  const [a, b] = [heap[one], heap[other]];
  if (!a || !b) return;
  heap[one] = b;
  heap[other] = a;
}
