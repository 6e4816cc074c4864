import { z } from 'zod';
import type { Objective } from '../domain/error-budget.ts';
import { metrics } from './metric-schema.ts';
import { checkScoring, scoring } from './scoring-schema.ts';
import { isOpenShare, percentage, span } from './units.ts';

export const objective = z
  .object({
    availability: percentage.refine(isOpenShare, 'over 0% and under 100%'),
    over: span,
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
    cluster: z.string(),
    namespace: z.string(),
    selector: z
      .record(z.string())
      .refine((labels) => Object.keys(labels).length > 0, 'name at least one label'),
    scoring: scoring.superRefine(checkScoring),
    metrics: metrics.optional(),
    objective: objective.optional(),
  })
  .strict();
