import type { z } from 'zod';
import { namedSections } from './chaos-yaml-schema.ts';
import type { ReadCluster } from './cluster-schema.ts';
import type { ReadExperiment } from './experiment-schema.ts';
import { access, breakGlass, checkedApprovals, conditions, type role } from './policy-schema.ts';
import type { ReadService } from './service-schema.ts';
import { isMap } from './parse-yaml.ts';
import { findOwn } from '../domain/find-own.ts';

export type Named<Entry> = Readonly<Record<string, Entry>>;

/** What of chaos.yaml can be used although something in it may be wrong, so that every problem is found in one go. */
export type Salvaged = {
  readonly clusters: Named<ReadCluster>;
  readonly services: Named<ReadService>;
  readonly experiments: Named<ReadExperiment>;
  readonly roles: Named<z.output<typeof role>>;
  readonly approvals: z.output<typeof checkedApprovals> | undefined;
  readonly access: z.output<typeof access> | undefined;
  readonly conditions: z.output<typeof conditions> | undefined;
  readonly breakGlass: z.output<typeof breakGlass> | undefined;
  /** The names that stand in a section, also those of entries that are wrong. */
  readonly names: Readonly<Record<keyof typeof namedSections, readonly string[]>>;
  /** The cluster of each service and the service of each experiment, as written. */
  readonly references: readonly Reference[];
};

export type Reference = {
  readonly path: readonly string[];
  readonly field: 'cluster' | 'service';
  readonly name: string;
};

/** Reads each section, and each entry of it, by itself. */
export function salvage(raw: unknown): Salvaged {
  const sections = isMap(raw) ? raw : {};
  const read = <Schema extends z.ZodTypeAny>(schema: Schema, key: string) =>
    Object.hasOwn(sections, key) ? readOne(schema, findOwn(sections, key)) : undefined;
  const readAll = <Schema extends z.ZodTypeAny>(schema: Schema, key: string) =>
    Object.fromEntries(
      listEntries(sections, key).flatMap(([name, value]) => {
        const entry = readOne(schema, value);
        return entry === undefined ? [] : [[name, entry] as const];
      }),
    ) as Named<z.output<Schema>>;
  const namesOf = (key: string) => listEntries(sections, key).map(([name]) => name);
  return {
    clusters: readAll(namedSections.clusters.valueSchema, 'clusters'),
    services: readAll(namedSections.services.valueSchema, 'services'),
    experiments: readAll(namedSections.experiments.valueSchema, 'experiments'),
    roles: readAll(namedSections.roles.valueSchema, 'roles'),
    approvals: read(checkedApprovals, 'approvals'),
    access: read(access, 'access'),
    conditions: read(conditions, 'conditions'),
    breakGlass: read(breakGlass, 'breakGlass'),
    names: {
      clusters: namesOf('clusters'),
      services: namesOf('services'),
      experiments: namesOf('experiments'),
      roles: namesOf('roles'),
    },
    references: [
      ...listReferences(sections, 'services', 'cluster'),
      ...listReferences(sections, 'experiments', 'service'),
    ],
  };
}

function listReferences(
  sections: Readonly<Record<string, unknown>>,
  section: string,
  field: Reference['field'],
): Reference[] {
  return listEntries(sections, section).flatMap(([entry, value]) => {
    const name = isMap(value) && findOwn(value, field);
    return typeof name === 'string' ? [{ path: [section, entry, field], field, name }] : [];
  });
}

function readOne<Schema extends z.ZodTypeAny>(
  schema: Schema,
  value: unknown,
): z.output<Schema> | undefined {
  const { success, data } = schema.safeParse(value);
  return success ? (data as z.output<Schema>) : undefined;
}

function listEntries(sections: Readonly<Record<string, unknown>>, key: string) {
  const section = findOwn(sections, key);
  return isMap(section) ? Object.entries(section) : [];
}
