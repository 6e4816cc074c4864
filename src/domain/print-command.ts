import { printValue, toValueUnit } from './amount.ts';
import type { Command, RunParameters } from './command.ts';
import { printTolerance } from './hypothesis.ts';
import { quoteWord } from './quote-word.ts';

/** Prints a command so that `parseCommand` reads the same one back. */
export function printCommand(command: Command): string {
  switch (command.kind) {
    case 'run':
      return [
        'run',
        quoteWord(command.experiment),
        ...printParameters(command.parameters),
        ...(command.dry ? ['dry'] : []),
        ...(command.rehearsal ? ['rehearse'] : []),
      ].join(' ');
    case 'choose':
      return 'run';
    case 'stop':
      return ['stop', ...(command.all ? ['all'] : (command.runIds ?? []))].join(' ');
    case 'freeze':
      return command.reason === undefined ? 'freeze' : `freeze ${quoteWord(command.reason)}`;
    case 'status':
    case 'audit':
      return [command.kind, ...print(command.runId), ...printPage(command)].join(' ');
    case 'summarize':
      return ['summarize', ...print(command.runId ?? command.span), ...printPage(command)].join(
        ' ',
      );
    case 'prepare':
      return [
        'experiments prepare',
        quoteWord(command.experiment),
        ...(command.service === undefined ? [] : [`target=${quoteWord(command.service)}`]),
      ].join(' ');
    case 'experiments':
    case 'history':
    case 'health':
      return [command.kind, ...printPage(command)].join(' ');
    case 'unfreeze':
    case 'help':
      return command.kind;
  }
}

const print = (word: string | undefined) => (word === undefined ? [] : [word]);

const printPage = ({ page = 1 }: { readonly page?: number }) => (page > 1 ? [`page=${page}`] : []);

function printParameters({
  service,
  durationMs,
  baselineMs,
  mode,
  value,
  valueUnit,
  hypothesis,
  breakGlass,
  tolerances,
}: RunParameters): string[] {
  return [
    ...(service === undefined ? [] : [`target=${quoteWord(service)}`]),
    ...(durationMs === undefined ? [] : [`duration=${printExactDuration(durationMs)}`]),
    ...(baselineMs === undefined ? [] : [`baseline=${printExactDuration(baselineMs)}`]),
    ...(mode === undefined ? [] : [`mode=${mode}`]),
    ...(value === undefined
      ? []
      : [`value=${printValue(value, valueUnit ?? (mode && toValueUnit(mode)))}`]),
    ...tolerances.map((tolerance) => printTolerance(tolerance).replaceAll(/ (>=|<=|=) /g, '$1')),
    ...(hypothesis === undefined ? [] : [`hypothesis=${quoteWord(hypothesis)}`]),
    ...(breakGlass === undefined ? [] : [`break-glass=${quoteWord(breakGlass)}`]),
  ];
}

const units = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Prints `90s`, `5m`, `1h` or `1500ms`, in the largest unit that needs no rounding. */
export function printExactDuration(durationMs: number): string {
  const unit = units.find(([, unitMs]) => durationMs > 0 && durationMs % unitMs === 0);
  return unit ? `${durationMs / unit[1]}${unit[0]}` : `${durationMs}ms`;
}
