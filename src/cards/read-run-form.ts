import type { ExperimentTemplate } from '../domain/catalogue.ts';
import { toValueUnit } from '../domain/amount.ts';
import type { CommandProblem, RunParameters } from '../domain/command.ts';
import { faultModes } from '../domain/fault.ts';
import {
  isMetric,
  isQuantile,
  parseTolerance,
  printTolerance,
  type Signal,
  type Tolerance,
} from '../domain/hypothesis.ts';
import { printExactDuration } from '../domain/print-command.ts';
import { isProblem, mergeParameters, readParameter } from '../domain/read-parameters.ts';
import { toToleranceId, type FormValues } from './run-form.ts';
import { findOwn } from '../domain/find-own.ts';

/** What the form asks for, read by the grammar of the command; what is as the template has it is left out. */
export function readRunForm(
  values: FormValues,
  { fault, hypothesis, service }: ExperimentTemplate,
): RunParameters | CommandProblem {
  const typed = (id: string) => {
    const value = findOwn(values, id);
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  };
  const changed = (id: string, preset: string | number) =>
    typed(id) === '' || typed(id) === String(preset) ? [] : [`${id}=${typed(id)}`];
  // A number belongs to its mode: with another mode it has to be said again.
  const isOtherMode = typed('mode') !== '' && typed('mode') !== fault.mode;
  const mode = faultModes.find((one) => one === typed('mode')) ?? fault.mode;
  const percent = toValueUnit(mode) === 'percent' ? '%' : '';
  const words = [
    ...changed('target', service),
    ...changed('duration', printExactDuration(fault.durationMs)),
    ...changed('mode', fault.mode),
    ...changed('value', isOtherMode ? '' : (fault.value ?? '')).map((word) => `${word}${percent}`),
    ...changed('hypothesis', hypothesis.title),
    ...hypothesis.tolerances.flatMap((tolerance) =>
      readTolerance(tolerance, typed(toToleranceId(tolerance.signal))),
    ),
  ];
  let parameters: RunParameters = { tolerances: [] };
  for (const word of words) {
    const reading = readParameter(word);
    const merged = isProblem(reading) ? reading : mergeParameters(parameters, reading);
    if (isProblem(merged)) return merged;
    parameters = merged;
  }
  return parameters;
}

function readTolerance(preset: Tolerance, bound: string): string[] {
  if (bound === '') return [];
  const { signal, comparison } = preset;
  const text = `${signal}${comparison}${bound}${toUnit(signal)}`;
  const tolerance = parseTolerance(text);
  return tolerance && printTolerance(tolerance) === printTolerance(preset) ? [] : [text];
}

function toUnit(signal: Signal): string {
  if (isQuantile(signal)) return 'ms';
  return isMetric(signal) || signal === 'pods ready' ? '' : '%';
}
