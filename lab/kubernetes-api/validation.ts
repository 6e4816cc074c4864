import { isRecord, isSameJson, omitFields, toText } from './record.ts';
import type { ResourceDefinition } from './resources.ts';
import { badRequest, invalid, type StatusCause } from './status.ts';
import { budgetCauses } from './validate-budget.ts';

type Fields = Readonly<Record<string, unknown>>;

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Throws Invalid (422, each wrong field named) for an object that could not be stored or worked with. */
export function validateObject(definition: ResourceDefinition, object: Fields): void {
  const metadata = fieldsOf(object['metadata']);
  const causes = [...nameCauses(metadata), ...specCauses(definition, fieldsOf(object['spec']))];
  if (causes.length > 0) throw invalid(subjectOf(definition, metadata), causes);
}

/** Throws Invalid for a change of what may not change. */
export function validateUpdate(
  definition: ResourceDefinition,
  object: Fields,
  previous: Fields,
): void {
  validateObject(definition, object);
  const spec = fieldsOf(object['spec']);
  const before = fieldsOf(previous['spec']);
  const causes: StatusCause[] = [];
  if (definition.name === 'pods' && !isSameJson(fixedPart(spec), fixedPart(before))) {
    const message =
      'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,' +
      '`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions ' +
      'to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was ' +
      'previously negative)';
    causes.push({ reason: 'FieldValueForbidden', message, field: 'spec' });
  }
  if (definition.group === 'apps' && !isSameJson(spec['selector'], before['selector'])) {
    const message = `Invalid value: ${JSON.stringify(spec['selector'])}: field is immutable`;
    causes.push({ reason: 'FieldValueInvalid', message, field: 'spec.selector' });
  }
  if (causes.length > 0) throw invalid(subjectOf(definition, fieldsOf(object['metadata'])), causes);
}

/** Throws BadRequest when labels or annotations are not maps of texts. */
export function requireTextMaps(metadata: Fields): void {
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field] ?? {};
    if (isRecord(map) && Object.values(map).every((value) => typeof value === 'string')) continue;
    throw badRequest(`metadata.${field}: the values must be strings`);
  }
}

function nameCauses(metadata: Fields): StatusCause[] {
  const { name, generateName } = metadata;
  const field = 'metadata.name';
  if (name === undefined && generateName === undefined) {
    const message = 'Required value: name or generateName is required';
    return [{ reason: 'FieldValueRequired', message, field }];
  }
  if (
    name === undefined ||
    (typeof name === 'string' && name.length < 254 && subdomain.test(name))
  ) {
    return [];
  }
  const message =
    `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case ` +
    "alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [{ reason: 'FieldValueInvalid', message, field }];
}

function specCauses({ name }: ResourceDefinition, spec: Fields): StatusCause[] {
  if (name === 'pods') return containerCauses(spec, 'spec');
  if (name === 'deployments' || name === 'replicasets') return workloadCauses(spec);
  if (name === 'poddisruptionbudgets') return budgetCauses(spec);
  return [];
}

function workloadCauses(spec: Fields): StatusCause[] {
  const { replicas = 1 } = spec;
  const template = fieldsOf(spec['template']);
  const causes = containerCauses(fieldsOf(template['spec']), 'spec.template.spec');
  if (typeof replicas !== 'number' || !Number.isInteger(replicas) || replicas < 0) {
    const message = `Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`;
    causes.push({ reason: 'FieldValueInvalid', message, field: 'spec.replicas' });
  }
  const selector = fieldsOf(spec['selector']);
  const wanted = fieldsOf(selector['matchLabels']);
  const labels = fieldsOf(fieldsOf(template['metadata'])['labels']);
  if (Object.keys(selector).length === 0) {
    causes.push({
      reason: 'FieldValueRequired',
      message: 'Required value',
      field: 'spec.selector',
    });
  } else if (Object.entries(wanted).some(([key, value]) => labels[key] !== value)) {
    const message = `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``;
    causes.push({ reason: 'FieldValueInvalid', message, field: 'spec.template.metadata.labels' });
  }
  return causes;
}

function containerCauses(spec: Fields, path: string): StatusCause[] {
  const containers: unknown[] = Array.isArray(spec['containers']) ? spec['containers'] : [];
  const required = { reason: 'FieldValueRequired', message: 'Required value' };
  if (containers.length === 0) return [{ ...required, field: `${path}.containers` }];
  return containers.flatMap((container, index) =>
    ['name', 'image']
      .filter((field) => !fieldsOf(container)[field])
      .map((field) => ({ ...required, field: `${path}.containers[${index}].${field}` })),
  );
}

function fixedPart(spec: Fields): Fields {
  const fixed = omitFields(spec, [
    'activeDeadlineSeconds',
    'tolerations',
    'terminationGracePeriodSeconds',
  ]);
  return {
    ...fixed,
    containers: withoutImages(spec['containers']),
    initContainers: withoutImages(spec['initContainers']),
  };
}

function withoutImages(containers: unknown): unknown {
  if (!Array.isArray(containers)) return [];
  return containers.map((container) => ({ ...fieldsOf(container), image: undefined }));
}

function subjectOf({ kind, group }: ResourceDefinition, metadata: Fields) {
  return { kind, group, name: toText(metadata['name'] ?? '') };
}

function fieldsOf(value: unknown): Fields {
  return isRecord(value) ? value : {};
}
