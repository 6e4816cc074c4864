import type { KubeObject, ResourceName } from '../resources.ts';
import { toText } from '../record.ts';
import { badRequest } from '../status.ts';

export type FieldRequirement = {
  readonly path: string;
  readonly equal: boolean;
  readonly value: string;
};

const metadataFields = ['metadata.name', 'metadata.namespace'];

const selectableFields: { readonly [R in ResourceName]?: readonly string[] } = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
  ],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  services: ['spec.clusterIP', 'spec.type'],
  replicasets: ['status.replicas'],
};

// An object without these says `false` all the same.
const booleanFields = ['spec.unschedulable', 'spec.hostNetwork'];

/**
 * Reads `path=value`, `path==value` and `path!=value` joined by commas; `\` escapes `,`, `=` and itself.
 * Only the fields that Kubernetes indexes for the resource may be named. Throws a BadRequest ApiError.
 */
export function parseFieldSelector(resource: ResourceName, text: string): FieldRequirement[] {
  const terms = text.match(/(?:\\.|[^,\\])+/g) ?? [];
  return terms.map((term) => parseTerm(resource, term, text));
}

export function matchesFields(
  requirements: readonly FieldRequirement[],
  object: KubeObject,
): boolean {
  return requirements.every(
    ({ path, equal, value }) => (fieldOf(object, path) === value) === equal,
  );
}

function parseTerm(resource: ResourceName, term: string, selector: string): FieldRequirement {
  const match = /^((?:[^\\=!]|\\.)*)(!=|==|=)((?:[^\\]|\\.)*)$/s.exec(term);
  if (!match) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`);
  const [, path = '', operator, value = ''] = match;
  const known = [...metadataFields, ...(selectableFields[resource] ?? [])];
  if (!known.includes(path)) throw badRequest(`field label not supported: ${path}`);
  return { path, equal: operator !== '!=', value: unescapeValue(value) };
}

function unescapeValue(value: string): string {
  return value.replaceAll(/\\([\\,=])/g, '$1');
}

function fieldOf(object: KubeObject, path: string): string {
  if (path === 'source' && object.kind === 'Event') return eventSource(object);
  const found = path
    .split('.')
    .reduce<unknown>(
      (value, field) =>
        typeof value === 'object' && value !== null
          ? (value as Record<string, unknown>)[field]
          : undefined,
      object,
    );
  if (found === undefined && booleanFields.includes(path)) return 'false';
  return found === undefined || found === null ? '' : toText(found);
}

function eventSource(object: KubeObject): string {
  const event = object as { source?: { component?: string }; reportingComponent?: string };
  return event.source?.component || event.reportingComponent || '';
}
