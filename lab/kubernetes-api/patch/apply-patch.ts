import { requireContentType } from '../media-types.ts';
import { badRequest } from '../status.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const patches = {
  'application/json-patch+json': applyJsonPatch,
  'application/merge-patch+json': applyMergePatch,
  'application/strategic-merge-patch+json': applyStrategicMergePatch,
} as const;

/** Reads a patch of one of the three kinds; the answer applies it and gives a new object. Throws 400, 415, 422. */
export function parsePatch(
  contentType: string | undefined,
  body: string,
): (target: unknown) => unknown {
  const type = requireContentType(contentType || 'none', Object.keys(patches));
  const apply = patches[type as keyof typeof patches];
  const patch = parseJson(body);
  return (target) => apply(target, patch);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}
