import type { SightProblem } from '../domain/sight-problem.ts';
import { toSightProblem } from './to-sight-problem.ts';

/** A look that takes longer than this is said not to be answered, ms. */
const slowAnswerMs = 2_000;

/** Notes how looks at the cluster end. */
export type LookLog = {
  note<Value>(look: () => Promise<Value>): Promise<Value>;
  /** Why the last look failed, or the one that has not been answered for a while; undefined when it succeeded. */
  problem(): SightProblem | undefined;
  /** Whether the last look that ended failed. */
  hasFailed(): boolean;
};

export function createLookLog(clock: { now(): number }): LookLog {
  let last: SightProblem | undefined;
  let succeededAt = 0;
  /** When the looks that are not answered yet began. */
  const pending = new Map<symbol, number>();
  const isUnanswered = () => {
    const lateAt = clock.now() - slowAnswerMs;
    return [...pending.values()].some((begunAt) => begunAt <= lateAt && begunAt > succeededAt);
  };
  return {
    async note(look) {
      const key = Symbol('look');
      pending.set(key, clock.now());
      try {
        const value = await look();
        [last, succeededAt] = [undefined, clock.now()];
        return value;
      } catch (error) {
        last = toSightProblem(error);
        throw error;
      } finally {
        pending.delete(key);
      }
    },
    hasFailed: () => last !== undefined,
    problem: () => last ?? (isUnanswered() ? { code: 'time-out' } : undefined),
  };
}
