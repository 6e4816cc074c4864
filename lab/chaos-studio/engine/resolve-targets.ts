import type { Selector } from '../experiments/experiment-schema.ts';
import type { CapabilityType } from '../capability-types.ts';
import { clusterType } from '../capability-types.ts';
import { sameText, type Place } from '../place.ts';
import type { Targets } from '../targets.ts';

/**
 * The targets that an action of this capability works on. Throws an Error in Azure's words when a target does not exist, does not have the
 * capability, or when there is none.
 */
export function resolveTargets(
  selector: Selector,
  capability: CapabilityType,
  { place, targets }: { place: Place; targets: Targets },
): readonly string[] {
  const ids =
    selector.type === 'List'
      ? selector.targets.map(({ id }) => id)
      : queryTargets(selector, { place, targets });
  const unknown = ids.filter((id) => !targets.has(id));
  if (unknown.length > 0) {
    throw new Error(`The target resource(s) could not be resolved: '${unknown.join("', '")}'.`);
  }
  const without = ids.find((id) => !targets.enables(id, capability));
  if (without !== undefined) {
    throw new Error(
      `The target resource '${without}' does not have the capability '${capability.name}' enabled.`,
    );
  }
  // A cluster is in no availability zone: a filter for zones leaves nothing.
  const zones = selector.filter?.parameters?.zones ?? [];
  if (ids.length === 0 || zones.length > 0) {
    throw new Error(`The selector '${selector.id}' resolved to an empty list of target resources.`);
  }
  return ids;
}

const condition =
  /\b(id|name|type|resourceGroup|subscriptionId|location)\s*(=~|==)\s*(['"])(.*?)\3/gi;

/** Of the query language, only comparisons with a text joined by `and`: there is only one resource to find. */
function queryTargets(
  query: Extract<Selector, { type: 'Query' }>,
  { place, targets }: { place: Place; targets: Targets },
): readonly string[] {
  const { subscriptionId, resourceGroup, location, cluster } = place;
  if (!query.subscriptionIds.some((id) => sameText(id, subscriptionId))) return [];
  const resource: Readonly<Record<string, string>> = {
    id: cluster.resourceId,
    name: cluster.resourceId.split('/').at(-1) ?? '',
    type: clusterType.toLowerCase(),
    resourcegroup: resourceGroup,
    subscriptionid: subscriptionId,
    location,
  };
  const matches = [...query.queryString.matchAll(condition)].every(
    ([, field = '', operator, , value = '']) => {
      const found = resource[field.toLowerCase()] ?? '';
      return operator === '==' ? found === value : sameText(found, value);
    },
  );
  return matches ? targets.ids() : [];
}
