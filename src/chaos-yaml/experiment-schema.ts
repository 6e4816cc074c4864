import { z } from 'zod';
import { findFaultProblem, faultModes, podActions, type FaultMode } from '../domain/fault.ts';
import { findValueMismatch, parseFaultValue, type WrittenValue } from '../domain/fault-mode.ts';
import type { Guard } from '../domain/guard.ts';
import { parseTolerance } from '../domain/hypothesis.ts';
import { findToleranceProblem } from '../domain/tolerance-problem.ts';
import { container } from './kubernetes-names.ts';
import { ownRules } from './policy-schema.ts';
import { duration, label, openShare, percentage, refuse, someShare } from './units.ts';
import { quote } from './word-issue.ts';

const tolerance = z.string().transform((text, context) => {
  const problem = findToleranceProblem(text);
  const read = problem === undefined ? parseTolerance(text) : undefined;
  return read ?? refuse(context, problem ?? `${quote(text)} is not a tolerance`);
});

const tolerances = z
  .array(tolerance)
  .nonempty()
  .superRefine((read, context) => {
    for (const [index, { signal, comparison }] of read.entries()) {
      const first = read.findIndex(
        (other) => other.signal === signal && other.comparison === comparison,
      );
      if (first >= index) continue;
      const message = `${signal} has a limit already, in entry ${first + 1}; keep the one you mean`;
      context.addIssue({ code: z.ZodIssueCode.custom, path: [index], message });
    }
  });

/** With less than half of what was due, nothing may be said to have held. */
const leastOfCoverage = 0.5;
const coverage = percentage.refine((share) => share >= leastOfCoverage, 'must be at least 50%');

const mostFalseAlarms = 0.2;

const availabilityDrop = z
  .object({
    from: openShare,
    to: openShare,
    falseAlarms: openShare
      .refine((share) => share <= mostFalseAlarms, 'must be at most 20%')
      .default('1%'),
    burst: duration({
      least: '100ms',
      most: '1m',
      why: 'leave it out if failures are independent of each other',
    }).optional(),
  })
  .strict()
  .refine(({ from, to }) => to < from, '`to` must be less than `from`');

const mostFailures = 100_000;

const guards = z
  .object({
    availabilityFloor: z
      .object({ below: someShare, over: duration({ least: '1s', most: '10m' }) })
      .strict()
      .optional(),
    lostSight: duration({ least: '1s', most: '5m' }),
    spendAtMost: duration({
      least: '1s',
      most: '12h',
      why: 'leave it out if there should be no cap',
    }).optional(),
    consecutiveFailures: z.number().int().min(2).max(mostFailures).optional(),
    availabilityDrop: availabilityDrop.optional(),
  })
  .strict()
  .transform((read): Guard[] => {
    const { availabilityFloor: floor, availabilityDrop: drop } = read;
    const { lostSight, consecutiveFailures: count, spendAtMost } = read;
    return [
      ...(floor
        ? [{ kind: 'availability-floor' as const, floor: floor.below, windowMs: floor.over }]
        : []),
      { kind: 'lost-sight', afterMs: lostSight },
      ...(count === undefined ? [] : [{ kind: 'consecutive-failures' as const, count }]),
      ...(drop ? [toDrop(drop)] : []),
      ...(spendAtMost === undefined ? [] : [{ kind: 'budget-cap' as const, spendMs: spendAtMost }]),
    ];
  });

function toDrop({ burst: burstMs, ...drop }: z.output<typeof availabilityDrop>): Guard {
  return { kind: 'availability-drop', ...drop, ...(burstMs === undefined ? {} : { burstMs }) };
}

/** A number of pods, or a share of them. */
const value = z
  .union([z.number(), z.string()], {
    errorMap: (_issue, { data }) => ({
      message:
        data === null
          ? 'has no value; write one, or delete the key'
          : 'must be a number of pods such as 2, or a percentage such as 50%',
    }),
  })
  .transform((given, context): WrittenValue => {
    if (typeof given === 'number') return { value: given, isPercentage: false };
    return (
      parseFaultValue(given) ??
      refuse(
        context,
        `${quote(given)} is not a number of pods such as 2, or a percentage such as 50%`,
      )
    );
  });

export const experiment = z
  .object({
    title: label,
    service: z.string().min(1),
    fault: z.enum(podActions),
    mode: z.enum(faultModes),
    value: value.optional(),
    containers: z.array(container).nonempty().optional(),
    duration: duration({
      least: '10s',
      most: '12h',
      why: 'shorter faults can leave pods down for minutes',
    }),
    hypothesis: z
      .object({ title: label, tolerances, leastCoverage: coverage.optional() })
      .strict()
      .transform(({ leastCoverage, ...rest }) => ({
        ...rest,
        ...(leastCoverage === undefined ? {} : { leastCoverage }),
      })),
    guards,
    baseline: duration({ least: '5s', most: '1h' }),
    recovery: duration({ least: '10s', most: '12h' }),
    ...ownRules,
  })
  .strict()
  .superRefine((read, context) => {
    for (const { path, message } of findProblems(read))
      context.addIssue({ code: z.ZodIssueCode.custom, path: [path], message });
  })
  .transform(({ fault: action, mode, value: written, containers, ...read }) => {
    const { duration: durationMs, baseline: baselineMs, recovery: recoveryLimitMs, ...rest } = read;
    const fault = {
      action,
      mode,
      durationMs,
      ...(written === undefined ? {} : { value: written.value }),
      ...(containers === undefined ? {} : { containerNames: containers }),
    };
    return { ...rest, fault, baselineMs, recoveryLimitMs };
  });

type ReadFault = {
  readonly fault: (typeof podActions)[number];
  readonly mode: FaultMode;
  readonly value?: WrittenValue | undefined;
  readonly containers?: readonly string[] | undefined;
  readonly duration: number;
};

function findProblems({
  fault: action,
  mode,
  value: written,
  containers,
  duration: durationMs,
}: ReadFault) {
  const problems: { path: string; message: string }[] = [];
  const mismatch = written && findValueMismatch(mode, written, 'yaml');
  const given = written === undefined ? {} : { value: written.value };
  const problem = mismatch ?? findFaultProblem({ action, mode, durationMs, ...given });
  if (problem !== undefined)
    problems.push({ path: written === undefined ? 'mode' : 'value', message: problem });
  if (action === 'container-kill' && containers === undefined)
    problems.push({ path: 'fault', message: 'container-kill needs `containers: [NAME]`' });
  if (action !== 'container-kill' && containers !== undefined)
    problems.push({ path: 'containers', message: `has no effect with ${action}; delete it` });
  return problems;
}

export type ReadExperiment = z.output<typeof experiment>;
