import { setTimeout as delay } from 'node:timers/promises';

export type PatienceOptions = {
  /** What is waited for, as in "Waiting for NAME". */
  readonly name: string;
  /** True once it is there. Rejects where waiting is of no use any more. */
  readonly isThere: () => boolean | Promise<boolean>;
  /** Changes for as long as something is being done: output, processor time, events. */
  readonly progress: () => string;
  /** What stands in the way now, for people. */
  readonly state: () => string;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long nothing may change before this gives up, ms. */
  readonly stalledMs?: number;
  /** How long it may take in all, ms. */
  readonly longestMs?: number;
};

const lookEveryMs = 100;
const sayEveryMs = 10_000;

/**
 * Waits for something that starts, for as long as there is progress: a slow machine takes longer, a program that hangs makes none. Says every ten
 * seconds what it waits for. Rejects when nothing has changed for `stalledMs`, after `longestMs`, and on the signal.
 */
export async function waitWhileProgressing(options: PatienceOptions): Promise<void> {
  const { name, isThere, progress, state, say, signal } = options;
  const { stalledMs = 60_000, longestMs = 600_000 } = options;
  const startedAt = performance.now();
  let seen = progress();
  let changedAt = startedAt;
  let saidAt = startedAt;
  while (!(await isThere())) {
    if (signal.aborted) throw new Error(`Closed while waiting for ${name}.`);
    const now = performance.now();
    const newest = progress();
    if (newest !== seen) [seen, changedAt] = [newest, now];
    const waited = `${Math.round((now - startedAt) / 1_000)} s`;
    if (now - changedAt > stalledMs || now - startedAt > longestMs) {
      const idle = Math.round((now - changedAt) / 1_000);
      throw new Error(`${name} did not start in ${waited}; no progress for ${idle} s. ${state()}`);
    }
    if (now - saidAt > sayEveryMs) {
      say(`Waiting for ${name} (${waited}): ${state()}`);
      saidAt = now;
    }
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}
