import type { ObjectsByResource, ResourceName } from '../resources.ts';

export type ColumnDefinition = {
  name: string;
  type: 'string' | 'integer';
  format: string;
  description: string;
  /** 0 is always shown, 1 only in wide output. */
  priority: 0 | 1;
};

export type Cell = string | number;

/** How one resource is printed. */
export type TableOf<R extends ResourceName> = {
  readonly columns: readonly ColumnDefinition[];
  readonly toCells: (object: ObjectsByResource[R], now: Date) => readonly Cell[];
};

/** A column that is always shown. */
export function column(name: string, description: string): ColumnDefinition {
  return { name, type: 'string', format: '', description, priority: 0 };
}

/** A column of wide output. */
export function wideColumn(name: string, description: string): ColumnDefinition {
  return { ...column(name, description), priority: 1 };
}

export function integerColumn(name: string, description: string): ColumnDefinition {
  return { ...column(name, description), type: 'integer' };
}

export const nameColumn: ColumnDefinition = {
  ...column('Name', 'The name of the object, unique within its namespace.'),
  format: 'name',
};

export const ageColumn = column('Age', 'How long ago the object was created.');

/** The wide columns of what has a pod template. */
export const templateColumns = [
  wideColumn('Containers', 'Names of the containers in the template.'),
  wideColumn('Images', 'Images of the containers in the template.'),
  wideColumn('Selector', 'The label selector that finds the pods.'),
];
