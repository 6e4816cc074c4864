import type { V1LabelSelector, V1LabelSelectorRequirement } from '@kubernetes/client-node';
import { findOwn } from '../domain/find-own.ts';

type Labels = Readonly<Record<string, string>>;

/** Whether labels match a selector as Kubernetes reads it in policy/v1: no selector matches nothing, an empty one everything. */
export function matchesSelector(selector: V1LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return (
    Object.entries(matchLabels).every(([key, value]) => findOwn(labels, key) === value) &&
    matchExpressions.every((expression) => matchesExpression(expression, labels))
  );
}

function matchesExpression(
  { key, operator, values = [] }: V1LabelSelectorRequirement,
  labels: Labels,
): boolean {
  const value = findOwn(labels, key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      // No API server stores another operator; whatever it would mean, a budget is rather kept than passed over.
      return true;
  }
}
