import type { ExperimentTemplate } from './catalogue.ts';
import { ChaosError } from './chaos-error.ts';
import type { RunParameters } from './command.ts';
import { findFaultProblem, type PodFault } from './fault.ts';
import { printTolerance, type Hypothesis } from './hypothesis.ts';

type Tailored = Pick<ExperimentTemplate, 'fault' | 'hypothesis' | 'guards'>;

/** The template with what the proposer changed of it. Rejects with `parameter-invalid` what cannot be injected or judged. */
export function tailorExperiment(
  template: ExperimentTemplate,
  parameters: RunParameters,
): Tailored {
  const fault = tailorFault(template.fault, parameters);
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
  };
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
  return {
    title:
      title ?? (tolerances.length === 0 ? hypothesis.title : all.map(printTolerance).join(', ')),
    tolerances: all,
  };
}
