import type { GuardFacts, Report } from './report.ts';

/** Returns the guard that ended the fault, with its numbers; undefined where none did. */
export function findTripped({ guards }: Pick<Report, 'guards'>): GuardFacts | undefined {
  return guards.find(({ decision }) => decision === 'tripped');
}
