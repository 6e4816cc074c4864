import type { ObjectStore } from './object-store.ts';
import { badRequest, versionTooLarge } from './status.ts';

/** Reads a `resourceVersion` parameter. Throws BadRequest, or Timeout for one that lies in the future. */
export function parseResourceVersion(store: ObjectStore, text: string): number {
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`,
    );
  }
  const version = Number(text);
  if (version > Number(store.resourceVersion))
    throw versionTooLarge(version, store.resourceVersion);
  return version;
}
