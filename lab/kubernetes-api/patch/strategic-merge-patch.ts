import { isRecord, isSameJson, type Fields } from '../record.ts';
import { badRequest } from '../status.ts';

/** The field that identifies an item of a list, where Kubernetes merges lists item by item. */
const mergeKeys: Readonly<Record<string, readonly string[]>> = {
  addresses: ['type'],
  conditions: ['type'],
  containers: ['name'],
  env: ['name'],
  ephemeralContainers: ['name'],
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  initContainers: ['name'],
  ownerReferences: ['uid'],
  podIPs: ['ip'],
  hostIPs: ['ip'],
  ports: ['containerPort', 'port'],
  readinessGates: ['conditionType'],
  resourceClaims: ['name'],
  taints: ['key'],
  topologySpreadConstraints: ['topologyKey'],
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
  volumes: ['name'],
};

/** Lists of plain values that are merged as sets. */
const mergedSets = ['finalizers', 'podCIDRs'];

/**
 * Kubernetes' own patch: as a merge patch, but lists of things with identity (containers, conditions, taints)
 * are merged item by item; `$patch: delete|replace` and `$deleteFromPrimitiveList` are obeyed, and
 * orders (`$setElementOrder`) left as they are. Throws BadRequest.
 */
export function applyStrategicMergePatch(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const { $patch: directive, ...fields } = patch;
  if (directive === 'replace') return fields;
  if (directive === 'delete') return {};
  const merged = retainKeys(isRecord(target) ? target : {}, fields['$retainKeys']);
  for (const [key, value] of Object.entries(fields)) mergeField(merged, key, value);
  return merged;
}

function retainKeys(target: Fields, retained: unknown): Fields {
  if (!Array.isArray(retained)) return { ...target };
  return Object.fromEntries(Object.entries(target).filter(([key]) => retained.includes(key)));
}

function mergeField(merged: Fields, key: string, value: unknown): void {
  const [, directive, field = ''] = /^\$([^/]+)(?:\/(.+))?$/.exec(key) ?? [];
  if (directive === 'deleteFromPrimitiveList') {
    const removed = Array.isArray(value) ? value : [];
    merged[field] = listOf(merged[field]).filter((item) => !removed.includes(item));
  } else if (directive !== undefined) {
    return;
  } else if (value === null) {
    delete merged[key];
  } else {
    merged[key] = Array.isArray(value)
      ? mergeList(key, listOf(merged[key]), value)
      : applyStrategicMergePatch(merged[key], value);
  }
}

function mergeList(field: string, target: unknown[], patch: unknown[]): unknown[] {
  if (mergedSets.includes(field)) return [...new Set([...target, ...patch])];
  const mergeKey = (mergeKeys[field] ?? []).find((key) =>
    patch.some((item) => isRecord(item) && key in item),
  );
  const replaces = patch.some((item) => isRecord(item) && isReplacement(item));
  if (replaces) return patch.filter((item) => !(isRecord(item) && isReplacement(item)));
  if (mergeKey === undefined) return patch;
  return patch.reduce<unknown[]>((items, item) => mergeItem(items, mergeKey, item), target);
}

function isReplacement(item: Fields): boolean {
  return item['$patch'] === 'replace';
}

function mergeItem(items: unknown[], mergeKey: string, item: unknown): unknown[] {
  if (!isRecord(item) || item[mergeKey] === undefined) {
    throw badRequest(
      `map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`,
    );
  }
  const isSame = (other: unknown) => isRecord(other) && isSameJson(other[mergeKey], item[mergeKey]);
  if (item['$patch'] === 'delete') return items.filter((other) => !isSame(other));
  if (!items.some(isSame)) return [...items, applyStrategicMergePatch({}, item)];
  return items.map((other) => (isSame(other) ? applyStrategicMergePatch(other, item) : other));
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
