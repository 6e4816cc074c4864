import { findNearestWord } from '../domain/nearest-word.ts';
import { quote } from './word-issue.ts';

/** Something that is wrong, and at which key. */
export type Problem = { readonly path: readonly (string | number)[]; readonly message: string };

/** Words that a name leads nowhere, with the nearest one that is there. */
export function wordUnknownName(what: string, name: string, names: readonly string[]): string {
  const nearest = findNearestWord(name.slice(0, 200), names);
  return `there is no ${what} ${quote(name)}${nearest ? `; did you mean "${nearest}"?` : ''}`;
}
