import { z } from 'zod';
import { faultModes, findFaultProblem, podActions } from '../domain/fault.ts';
import type { Guard } from '../domain/guard.ts';
import { parseTolerance } from '../domain/hypothesis.ts';
import { ownRules } from './policy-schema.ts';
import { duration, isOpenShare, percentage, refuse } from './units.ts';

const tolerance = z
  .string()
  .transform(
    (text, context) =>
      parseTolerance(text) ??
      refuse(
        context,
        `"${text}" is not a tolerance such as "availability >= 99%" or "p95 <= 300ms"`,
      ),
  );

export const availabilityDrop = z
  .object({
    from: percentage.refine(isOpenShare, 'over 0% and under 100%'),
    to: percentage.refine(isOpenShare, 'over 0% and under 100%'),
    falseAlarms: percentage.refine(isOpenShare, 'over 0% and under 100%').default('1%'),
  })
  .strict()
  .refine(({ from, to }) => to < from, '`to` must be less than `from`');

export const guards = z
  .object({
    availabilityFloor: z.object({ below: percentage, over: duration }).strict().optional(),
    lostSight: duration,
    spendAtMost: duration.optional(),
    consecutiveFailures: z.number().int().min(2).optional(),
    availabilityDrop: availabilityDrop.optional(),
  })
  .strict()
  .transform(
    ({
      availabilityFloor,
      lostSight,
      spendAtMost,
      consecutiveFailures: count,
      availabilityDrop: drop,
    }): Guard[] => [
      ...(availabilityFloor
        ? [
            {
              kind: 'availability-floor' as const,
              floor: availabilityFloor.below,
              windowMs: availabilityFloor.over,
            },
          ]
        : []),
      { kind: 'lost-sight', afterMs: lostSight },
      ...(count ? [{ kind: 'consecutive-failures' as const, count }] : []),
      ...(drop ? [{ kind: 'availability-drop' as const, ...drop }] : []),
      ...(spendAtMost ? [{ kind: 'budget-cap' as const, spendMs: spendAtMost }] : []),
    ],
  );

export const experiment = z
  .object({
    title: z.string().min(1),
    service: z.string(),
    fault: z.enum(podActions),
    mode: z.enum(faultModes),
    value: z.number().optional(),
    containers: z.array(z.string()).nonempty().optional(),
    duration,
    hypothesis: z
      .object({ title: z.string().min(1), tolerances: z.array(tolerance).nonempty() })
      .strict(),
    guards,
    baseline: duration,
    recovery: duration,
    ...ownRules,
  })
  .strict()
  .transform(
    (
      { fault: action, mode, value, containers, duration: durationMs, baseline, recovery, ...rest },
      context,
    ) => {
      const fault = {
        action,
        mode,
        durationMs,
        ...(value === undefined ? {} : { value }),
        ...(containers === undefined ? {} : { containerNames: containers }),
      };
      const problem = findFaultProblem(fault);
      return problem
        ? refuse(context, problem)
        : { ...rest, fault, baselineMs: baseline, recoveryLimitMs: recovery };
    },
  );
