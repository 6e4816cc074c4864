import { z } from 'zod';
import { chaosYamlSchema } from './chaos-yaml-schema.ts';
import { findOwn } from '../domain/find-own.ts';

type Path = readonly (string | number)[];

/** The keys that chaos.yaml may have at a path; none where it is no map, or one whose keys people choose. */
export function listAllowedKeys(path: Path): readonly string[] {
  const found = path.reduce<z.ZodTypeAny | undefined>(
    (schema, segment) => schema && enter(schema, segment),
    unwrap(chaosYamlSchema),
  );
  return found instanceof z.ZodObject ? Object.keys(found.shape as object) : [];
}

/** Every key that chaos.yaml may have anywhere. */
export function listAllKeys(schema: z.ZodTypeAny = chaosYamlSchema): readonly string[] {
  const plain = unwrap(schema);
  if (plain instanceof z.ZodArray) return listAllKeys(plain.element as z.ZodTypeAny);
  if (plain instanceof z.ZodRecord) return listAllKeys(plain.valueSchema as z.ZodTypeAny);
  if (!(plain instanceof z.ZodObject)) return [];
  const fields = Object.entries(plain.shape as Record<string, z.ZodTypeAny>);
  return [...new Set(fields.flatMap(([key, field]) => [key, ...listAllKeys(field)]))];
}

function enter(schema: z.ZodTypeAny, segment: string | number): z.ZodTypeAny | undefined {
  if (schema instanceof z.ZodArray) return unwrap(schema.element as z.ZodTypeAny);
  if (schema instanceof z.ZodRecord) return unwrap(schema.valueSchema as z.ZodTypeAny);
  if (!(schema instanceof z.ZodObject)) return undefined;
  const shape = schema.shape as Record<string, z.ZodTypeAny>;
  const field = findOwn(shape, String(segment));
  return field && unwrap(field);
}

/** Without what is checked beyond the shape. */
function unwrap(schema: z.ZodTypeAny): z.ZodTypeAny {
  if (schema instanceof z.ZodEffects) return unwrap(schema.innerType() as z.ZodTypeAny);
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap() as z.ZodTypeAny);
  if (schema instanceof z.ZodDefault) return unwrap(schema.removeDefault() as z.ZodTypeAny);
  return schema;
}
