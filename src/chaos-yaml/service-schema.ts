import { z } from 'zod';
import type { Objective } from '../domain/error-budget.ts';
import { labels, namespace } from './kubernetes-names.ts';
import { metrics } from './metric-schema.ts';
import { checkScoring, scoring } from './scoring-schema.ts';
import { duration, openShare, percentage, span } from './units.ts';

const objective = z
  .object({
    availability: openShare,
    over: span({ least: '1h', most: '366d' }),
    leave: percentage.optional(),
  })
  .strict()
  .transform(({ availability, over, leave }): Objective => ({
    availability,
    overMs: over,
    ...(leave === undefined ? {} : { leave }),
  }));

export const service = z
  .object({
    cluster: z.string().min(1),
    namespace,
    selector: labels,
    scoring: scoring.superRefine(checkScoring),
    metrics: metrics.optional(),
    objective: objective.optional(),
    longestOutage: duration({ least: '100ms', most: '1h' }).optional(),
  })
  .strict();

export type ReadService = z.output<typeof service>;
