import { formatAge } from './cell-formats.ts';
import { ageColumn, column, integerColumn, nameColumn, type TableOf } from './columns.ts';

export const podDisruptionBudgetsTable: TableOf<'poddisruptionbudgets'> = {
  columns: [
    nameColumn,
    column('Min Available', 'How many pods must stay available.'),
    column('Max Unavailable', 'How many pods may be unavailable.'),
    integerColumn('Allowed Disruptions', 'How many pods may be disrupted now.'),
    ageColumn,
  ],
  toCells: ({ metadata, spec, status }, now) => [
    metadata.name,
    String(spec?.minAvailable ?? 'N/A'),
    String(spec?.maxUnavailable ?? 'N/A'),
    status?.disruptionsAllowed ?? 0,
    formatAge(metadata.creationTimestamp, now),
  ],
};
