import type { ExperimentTemplate } from './catalogue.ts';
import { ChaosError } from './chaos-error.ts';
import type { RunParameters } from './command.ts';
import { faultModes, findFaultProblem, type FaultMode, type PodFault } from './fault.ts';
import { parseTolerance, printTolerance, type Hypothesis } from './hypothesis.ts';

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
    mode: mode === undefined ? fault.mode : parseMode(mode),
    ...(newValue === undefined ? {} : { value: newValue }),
  };
}

function parseMode(text: string): FaultMode {
  const mode = faultModes.find((candidate) => candidate === text);
  if (mode) return mode;
  throw new ChaosError('parameter-invalid', `There is no mode "${text}".`, {
    suggestion: `Modes are: ${faultModes.join(', ')}.`,
  });
}

function tailorHypothesis(
  hypothesis: Hypothesis,
  { tolerances, hypothesis: title }: RunParameters,
): Hypothesis {
  const typed = tolerances.map((text) => {
    const tolerance = parseTolerance(text);
    if (tolerance) return tolerance;
    throw new ChaosError('parameter-invalid', `"${text}" is not a tolerance.`, {
      suggestion: 'Write for example `availability>=99%`, `p95<=300ms` or `"pods ready >= 2"`.',
    });
  });
  const kept = hypothesis.tolerances.filter(({ signal }) =>
    typed.every((other) => other.signal !== signal),
  );
  const all = [...kept, ...typed];
  return {
    title: title ?? (typed.length === 0 ? hypothesis.title : all.map(printTolerance).join(', ')),
    tolerances: all,
  };
}
