import type { Condition } from './objects.ts';
import { toTimestamp } from './timestamp.ts';

/** A condition without its times. */
export type Observation = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

/** The condition as observed now; its transition time is kept while its status stays what it was. */
export function toCondition(
  previous: readonly Condition[] | undefined,
  observed: Observation,
): Condition {
  const before = previous?.find(({ type }) => type === observed.type);
  const stays = before?.status === observed.status;
  const since = stays ? before.lastTransitionTime : undefined;
  return { ...observed, lastTransitionTime: since ?? toTimestamp() };
}

/** The conditions with those given in place of the ones of their type. */
export function replaceConditions(
  conditions: readonly Condition[],
  replacements: readonly Condition[],
): Condition[] {
  const replaced = new Set(replacements.map(({ type }) => type));
  return [...conditions.filter(({ type }) => !replaced.has(type)), ...replacements];
}

/** Whether the condition of this type is True. */
export function isTrue(conditions: readonly Condition[] | undefined, type: string): boolean {
  return (
    conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
  );
}
