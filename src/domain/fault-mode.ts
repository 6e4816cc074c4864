import type { FaultMode } from './fault.ts';

/** A fault's value as somebody wrote it: `2` is a number of pods, `50%` a share of them. */
export type WrittenValue = { readonly value: number; readonly isPercentage: boolean };

/** Reads `2` or `50%`; undefined when the text is neither. */
export function parseFaultValue(text: string): WrittenValue | undefined {
  const [, digits, sign] = /^(\d{1,9})(%?)$/.exec(text.trim()) ?? [];
  return digits === undefined ? undefined : { value: Number(digits), isPercentage: sign === '%' };
}

/** How a setting is written: `mode=fixed` in a command, `mode: fixed` in chaos.yaml. */
export type Spelling = 'command' | 'yaml';

/** Returns why a value doesn't fit its mode, with both right spellings; undefined when it fits. */
export function findValueMismatch(
  mode: FaultMode,
  { value, isPercentage }: WrittenValue,
  spelling: Spelling,
): string | undefined {
  if (mode !== 'fixed' || !isPercentage) return undefined;
  const write = (name: string, given: string) =>
    spelling === 'yaml' ? `${name}: ${given}` : `${name}=${given}`;
  const joint = spelling === 'yaml' ? ' and ' : ' ';
  const share = `"${write('mode', 'fixed-percent')}${joint}${write('value', `${value}%`)}"`;
  const count = `"${write('mode', 'fixed')}${joint}${write('value', '2')}"`;
  return (
    `${value}% is a percentage, but ${write('mode', 'fixed')} counts pods; ` +
    `write ${share} for a share of the pods, or ${count} for a number of them`
  );
}
