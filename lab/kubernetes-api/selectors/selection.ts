import type { KubeObject, ResourceName } from '../resources.ts';
import { matchesFields, parseFieldSelector } from './field-selector.ts';
import { matchesLabels, parseLabelSelector } from './label-selector.ts';

/** Which objects of a resource a list, a watch or a deletion is about. */
export type Selection = {
  readonly namespace: string | undefined;
  /** True when a selector was given, so that what it leaves out cannot be counted. */
  readonly selective: boolean;
  readonly matches: (object: KubeObject) => boolean;
};

/** Reads namespace, `labelSelector` and `fieldSelector`; a `name` selects that object alone. Throws a BadRequest ApiError. */
export function parseSelection(
  resource: ResourceName,
  query: URLSearchParams,
  place: { namespace?: string | undefined; name?: string | undefined },
): Selection {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(resource, query.get('fieldSelector') ?? '');
  const { namespace, name } = place;
  return {
    namespace,
    selective: labels.length + fields.length > 0,
    matches: (object) =>
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name) &&
      matchesLabels(labels, object.metadata.labels) &&
      matchesFields(fields, object),
  };
}
