import { findAmountProblem, printAmount } from './amount.ts';
import type { ExperimentTemplate } from './catalogue.ts';
import { ChaosError } from './chaos-error.ts';
import type { RunParameters } from './command.ts';
import { findFaultProblem, type PodFault } from './fault.ts';
import { printTolerance, type Hypothesis } from './hypothesis.ts';
import { printExactDuration } from './print-command.ts';

type Tailored = Pick<ExperimentTemplate, 'fault' | 'hypothesis' | 'guards' | 'baselineMs'>;

/** How long a baseline may be. */
const leastBaselineMs = 5_000;
export const mostBaselineMs = 3_600_000;

/** Returns the template with the proposer's changes. Throws `parameter-invalid` when the result cannot be injected. */
export function tailorExperiment(
  template: ExperimentTemplate,
  parameters: RunParameters,
): Tailored {
  const fault = tailorFault(template.fault, parameters);
  requireAmount(template, fault, parameters);
  const problem = findFaultProblem(fault);
  if (problem) {
    throw new ChaosError('parameter-invalid', `This fault cannot be injected: ${problem}.`, {
      suggestion: `For example: \`run ${template.name} duration=60s mode=one\`.`,
    });
  }
  return {
    fault,
    hypothesis: tailorHypothesis(template.hypothesis, parameters),
    guards: template.guards,
    baselineMs: tailorBaseline(template.baselineMs, parameters),
  };
}

function tailorBaseline(templateMs: number, { baselineMs = templateMs }: RunParameters): number {
  if (baselineMs >= leastBaselineMs && baselineMs <= mostBaselineMs) return baselineMs;
  const message = `A baseline of ${printExactDuration(baselineMs)} can't be measured: it must last 5s to 1h.`;
  throw new ChaosError('parameter-invalid', message, { suggestion: 'Write `baseline=2m`.' });
}

/** Throws `parameter-invalid`, with the right spellings, when the mode and the value don't fit together. */
function requireAmount(
  template: ExperimentTemplate,
  { mode, value }: PodFault,
  { mode: asked, value: typed, valueUnit }: RunParameters,
): void {
  const unit = typed === undefined || valueUnit === undefined ? {} : { unit: valueUnit };
  const amount = { mode, ...(value === undefined ? {} : { value }), ...unit };
  const problem = findAmountProblem(amount);
  if (!problem) return;
  const where = asked === undefined ? ` (the mode of ${template.name} in chaos.yaml)` : '';
  throw new ChaosError(
    'parameter-invalid',
    `This fault cannot be injected: ${problem.message}${where}.`,
    {
      suggestion: `Write ${problem.instead.map((one) => `\`${printAmount(one)}\``).join(' or ')}.`,
    },
  );
}

function tailorFault(fault: PodFault, { durationMs, mode, value }: RunParameters): PodFault {
  const { value: templateValue, ...rest } = fault;
  const keptValue = mode === undefined ? templateValue : undefined;
  const newValue = value ?? keptValue;
  return {
    ...rest,
    durationMs: durationMs ?? fault.durationMs,
    mode: mode ?? fault.mode,
    ...(newValue === undefined ? {} : { value: newValue }),
  };
}

function tailorHypothesis(
  hypothesis: Hypothesis,
  { tolerances, hypothesis: title }: RunParameters,
): Hypothesis {
  const kept = hypothesis.tolerances.filter(({ signal }) =>
    tolerances.every((other) => other.signal !== signal),
  );
  const all = [...kept, ...tolerances];
  const { leastCoverage } = hypothesis;
  return {
    title:
      title ?? (tolerances.length === 0 ? hypothesis.title : all.map(printTolerance).join(', ')),
    tolerances: all,
    ...(leastCoverage === undefined ? {} : { leastCoverage }),
  };
}
