import type { GuardFacts, Report } from './report.ts';

/** Returns the guard that tripped, with its numbers; undefined where none did. */
export function findTripped({ guards }: Pick<Report, 'guards'>): GuardFacts | undefined {
  return guards.find(({ decision }) => decision === 'tripped');
}

/** Says in words what a guard decided. */
export function describeDecision({ decision, effect }: GuardFacts): string {
  return decision === 'kept' ? 'did not trip' : (effect ?? decision);
}

/** Names a guard that tripped by what it did to the run. */
export function nameTripped({ effect = 'ended the fault' }: GuardFacts): string {
  return `Guard that ${effect}`;
}
