import { z } from 'zod';
import { calendar } from './calendar-schema.ts';
import { cluster } from './cluster-schema.ts';
import { experiment } from './experiment-schema.ts';
import { experimentName, plainName } from './names.ts';
import {
  access,
  breakGlass,
  checkedApprovals,
  conditions,
  limitsForAll,
  role,
} from './policy-schema.ts';
import { service } from './service-schema.ts';

/** The sections that hold entries by name. */
export const namedSections = {
  clusters: z.record(plainName('cluster'), cluster),
  services: z.record(plainName('service'), service),
  experiments: z.record(experimentName, experiment),
  roles: z.record(plainName('role'), role),
};

/** The shape of chaos.yaml; its output is in the units of the domain. What sections say of each other is checked by `findCrossProblems`. */
export const chaosYamlSchema = z
  .object({
    ...namedSections,
    roles: namedSections.roles.default({}),
    limits: limitsForAll.default({}),
    calendar: calendar.optional(),
    access: access.default({}),
    conditions: conditions.default({}),
    approvals: checkedApprovals,
    breakGlass: breakGlass.optional(),
  })
  .strict();

export type ReadChaosYaml = z.output<typeof chaosYamlSchema>;
