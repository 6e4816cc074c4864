import type { Command, RunParameters } from './command.ts';
import { printTolerance } from './hypothesis.ts';

/** Prints a command so that `parseCommand` reads the same one back. */
export function printCommand(command: Command): string {
  switch (command.kind) {
    case 'run':
      return [
        'run',
        quote(command.experiment),
        ...printParameters(command.parameters),
        ...(command.dry ? ['dry'] : []),
        ...(command.rehearsal ? ['rehearse'] : []),
      ].join(' ');
    case 'choose':
      return 'run';
    case 'stop':
      return ['stop', ...(command.all ? ['all'] : (command.runIds ?? []))].join(' ');
    case 'freeze':
      return command.reason === undefined ? 'freeze' : `freeze ${quote(command.reason)}`;
    case 'status':
      return ['status', command.runId ?? ''].join(' ').trim();
    case 'audit':
      return ['audit', command.runId ?? ''].join(' ').trim();
    case 'summarize':
      return ['summarize', command.runId ?? command.span ?? ''].join(' ').trim();
    case 'prepare':
      return [
        'experiments prepare',
        quote(command.experiment),
        ...(command.service === undefined ? [] : [`target=${quote(command.service)}`]),
      ].join(' ');
    case 'unfreeze':
    case 'experiments':
    case 'history':
    case 'health':
    case 'help':
      return command.kind;
  }
}

function printParameters({
  service,
  durationMs,
  mode,
  value,
  hypothesis,
  breakGlass,
  tolerances,
}: RunParameters): string[] {
  return [
    ...(service === undefined ? [] : [`target=${quote(service)}`]),
    ...(durationMs === undefined ? [] : [`duration=${printExactDuration(durationMs)}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
    ...(value === undefined ? [] : [`value=${value}`]),
    ...tolerances.map((tolerance) => printTolerance(tolerance).replaceAll(/ (>=|<=|=) /g, '$1')),
    ...(hypothesis === undefined ? [] : [`hypothesis=${quote(hypothesis)}`]),
    ...(breakGlass === undefined ? [] : [`break-glass=${quote(breakGlass)}`]),
  ];
}

const plain = /^[\w.-]+$/;

function quote(text: string): string {
  return plain.test(text)
    ? text
    : `"${text.replaceAll(/["\u201c-\u201f\u00ab\u00bb\\]/g, String.raw`\$&`)}"`;
}

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `90s`, `5m`, `1h`, `1500ms`: the largest unit of which it is a whole number, so that nothing is rounded. */
export function printExactDuration(durationMs: number): string {
  const unit = units.find(([, unitMs]) => durationMs > 0 && durationMs % unitMs === 0);
  return unit ? `${durationMs / unit[1]}${unit[0]}` : `${durationMs}ms`;
}
