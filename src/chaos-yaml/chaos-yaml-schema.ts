import { z } from 'zod';
import {
  checkLostSight,
  checkMetrics,
  checkNamesOnce,
  checkReferences,
  checkRoles,
} from './check-references.ts';
import { availabilityDrop, experiment, guards } from './experiment-schema.ts';
import { goldenShape } from './golden-schema.ts';
import { metricShape, sourceShapes } from './metric-schema.ts';
import {
  access,
  approvals,
  breakGlass,
  calendar,
  check,
  conditions,
  limitFields,
  limitsForAll,
  ownRules,
  role,
  stricterApprovals,
} from './policy-schema.ts';
import { modelVersionShape, scoring } from './scoring-schema.ts';
import { objective, service } from './service-schema.ts';

const cluster = z
  .object({
    resourceId: z
      .string()
      .regex(
        /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.ContainerService\/managedClusters\/[^/]+$/i,
        'expected the ARM id of a managed cluster, /subscriptions/.../managedClusters/NAME',
      ),
    location: z.string().min(1),
    context: z.string().optional(),
    connect: z.literal('azure').optional(),
    experimentIdentityId: z.string().startsWith('/').optional(),
    ...ownRules,
  })
  .strict();

/** The shape of chaos.yaml; its output is in the units of the domain. */
export const chaosYamlSchema = z
  .object({
    clusters: z.record(cluster),
    services: z.record(service),
    experiments: z.record(experiment),
    roles: z.record(role).default({}),
    limits: limitsForAll.default({}),
    calendar: calendar.optional(),
    access: access.default({}),
    conditions: conditions.default({}),
    approvals,
    breakGlass: breakGlass.optional(),
  })
  .strict()
  .superRefine((read, context) => {
    checkRoles(read, context);
    checkNamesOnce(read, context);
    checkReferences(
      read.services,
      { field: 'cluster', among: read.clusters, at: 'services' },
      context,
    );
    checkReferences(
      read.experiments,
      { field: 'service', among: read.services, at: 'experiments' },
      context,
    );
    checkMetrics(read, context);
    checkLostSight(read, context);
  });

/** Every key that chaos.yaml may hold, to guess what a misspelt one was meant to be. */
export const knownKeys = [
  chaosYamlSchema.innerType(),
  approvals,
  stricterApprovals,
  access,
  conditions,
  check,
  breakGlass,
  role.innerType(),
  limitFields,
  calendar.innerType(),
  cluster,
  service,
  scoring,
  modelVersionShape,
  goldenShape,
  metricShape,
  ...sourceShapes,
  objective.innerType(),
  experiment.innerType(),
  guards.innerType(),
  availabilityDrop.innerType(),
].flatMap((schema) => Object.keys(schema.shape));
