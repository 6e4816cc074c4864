import type { FaultMode, PodFault } from './fault.ts';

/** What a value counts: `2` pods or `50%` of them. */
export type ValueUnit = 'pods' | 'percent';

/** A mode with its value as people write it: `fixed` and `5`, `fixed-percent` and `50%`. */
export type Amount = { readonly mode: FaultMode; readonly value?: string };

export type AmountProblem = {
  readonly message: string;
  /** Right spellings that were probably meant. */
  readonly instead: readonly Amount[];
};

/** Prints `2` or `50%`. */
export function printValue(value: number, unit: ValueUnit | undefined): string {
  return unit === 'percent' ? `${value}%` : `${value}`;
}

/** Returns the unit of a mode's value; undefined for the modes that take none. */
export function toValueUnit(mode: FaultMode): ValueUnit | undefined {
  if (mode === 'one' || mode === 'all') return undefined;
  return mode === 'fixed' ? 'pods' : 'percent';
}

/** Returns why a mode and its value don't fit together; undefined when they do. A value without a unit has the mode's. */
export function findAmountProblem({
  mode,
  value,
  unit,
}: Pick<PodFault, 'mode' | 'value'> & { readonly unit?: ValueUnit }): AmountProblem | undefined {
  const wanted = toValueUnit(mode);
  if (wanted === undefined && value === undefined) return undefined;
  if (value === undefined)
    return {
      message: `mode=${mode} needs a value`,
      instead: [{ mode, value: mode === 'fixed' ? '2' : '50%' }],
    };
  if (wanted === undefined)
    return {
      message: `mode=${mode} takes no value`,
      instead: [{ mode }, ...suggestAmounts({ value, unit, mode })],
    };
  return (
    findBoundProblem({ mode, value, unit: unit ?? wanted }) ??
    (unit === undefined || unit === wanted ? undefined : toUnitProblem({ mode, value, unit }))
  );
}

type Written = { readonly mode: FaultMode; readonly value: number; readonly unit: ValueUnit };

function findBoundProblem({ mode, value, unit }: Written): AmountProblem | undefined {
  const written = printValue(value, unit);
  if (!Number.isInteger(value) || value < 1)
    return {
      message: `value=${written} hits nothing: the value must be a whole number of at least 1`,
      instead: [{ mode, value: mode === 'fixed' ? '1' : '1%' }],
    };
  if (unit === 'pods' || value <= 100) return undefined;
  return {
    message: `value=${written} is more than all pods: a percentage must be at most 100%`,
    instead: [{ mode: 'all' }, mode === 'fixed' ? { mode, value: '5' } : { mode, value: '100%' }],
  };
}

function toUnitProblem({ mode, value, unit }: Written): AmountProblem {
  const written = printValue(value, unit);
  const message =
    unit === 'percent'
      ? `value=${written} is a percentage, but mode=${mode} takes a number of pods`
      : `value=${written} is a number of pods, but mode=${mode} takes a percentage`;
  return { message, instead: suggestAmounts({ mode, value, unit }) };
}

/** A number of pods and a percentage, in this order. The number that is meant by a percentage is unknown, so 5 stands as an example. */
function suggestAmounts({
  mode,
  value,
  unit,
}: Omit<Written, 'unit'> & { readonly unit: ValueUnit | undefined }): readonly Amount[] {
  if (!Number.isInteger(value) || value < 1) return [];
  const count = unit === 'percent' ? 5 : value;
  const percentMode = toValueUnit(mode) === 'percent' ? mode : 'fixed-percent';
  return [
    { mode: 'fixed', value: `${count}` },
    ...(value <= 100 ? [{ mode: percentMode, value: `${value}%` }] : []),
  ];
}

/** `mode=fixed value=5`, as in a command. */
export function printAmount({ mode, value }: Amount): string {
  return `mode=${mode}${value === undefined ? '' : ` value=${value}`}`;
}
