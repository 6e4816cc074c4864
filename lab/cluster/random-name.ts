import type { Random } from '../scoring/seeded-random.ts';

// The letters that Kubernetes uses: no vowels, so that no words come about, and nothing that looks like a vowel.
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** The random end of a generated name, five characters unless told. */
export function toRandomSuffix(random: Random, length = 5): string {
  return Array.from({ length }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join('');
}
