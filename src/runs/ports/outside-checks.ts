import type { OutsideCheck } from '../../domain/conditions.ts';

/** Asks what must be so outside of the bot. */
export interface OutsideChecks {
  /** What is not as it must be, in words; undefined when all is well. Never rejects: what cannot be asked is not well. */
  ask(check: OutsideCheck): Promise<string | undefined>;
}
