import type { Random } from '../../scoring/seeded-random.ts';

export type Mode = 'one' | 'all' | 'fixed' | 'fixed-percent' | 'random-max-percent';

/** Picks as Chaos Mesh does: at random, without repetition, percentages rounded up. `value` is the text of the specification. */
export function pickByMode<T>(
  items: readonly T[],
  { mode, value }: { mode: Mode; value?: string | undefined },
  random: Random,
): readonly T[] {
  const number = Number(value);
  switch (mode) {
    case 'one':
      return pick(items, 1, random);
    case 'all':
      return items;
    case 'fixed':
      return pick(items, number, random);
    case 'fixed-percent':
      return pick(items, share(items, number), random);
    case 'random-max-percent':
      return pick(items, share(items, Math.floor(random() * (number + 1))), random);
  }
}

function share(items: readonly unknown[], percentage: number): number {
  return Math.ceil((items.length * percentage) / 100);
}

/** The first steps of a Fisher-Yates shuffle. */
function pick<T>(items: readonly T[], count: number, random: Random): readonly T[] {
  const rest = [...items];
  const picked: T[] = [];
  while (picked.length < count && rest.length > 0) {
    picked.push(...rest.splice(Math.floor(random() * rest.length), 1));
  }
  return picked;
}
