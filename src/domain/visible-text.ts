/**
 * Characters that change what is read without being seen themselves: controls, bidirectional overrides and isolates, zero-width and tag characters, fillers, variation
 * selectors, private-use characters and half surrogate pairs. Line breaks and tabs are white space and stay.
 */
const invisible =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Variation_Selector}\p{Default_Ignorable_Code_Point}\u2800]/u;
const whiteSpace = /[\t\n\r]/;
const runs = new RegExp(`(${invisible.source})\\1*`, 'gu');
/** An emoji that is followed by a variation selector, or joined to the next one: the characters between are part of the picture. */
const emoji =
  /\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?(?:\u200d\p{Extended_Pictographic}\p{Emoji_Modifier}?\ufe0f?)*/gu;
/** More marks on one letter than any language uses: they would cover the lines above and below. */
const stackedMarks = /(?<=\p{M}{4})\p{M}+/gu;

/** Shows each invisible character as a mark, such as `⟦U+202E⟧`, so that a text reads as what it is. */
export function showInvisible(text: string): string {
  if (text.search(invisible) < 0 && text.search(stackedMarks) < 0) return text;
  let shown = '';
  let at = 0;
  for (const match of text.matchAll(emoji)) {
    shown += markAll(text.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return shown + markAll(text.slice(at));
}

function markAll(text: string): string {
  return text
    .replaceAll(runs, (run, character: string) =>
      whiteSpace.test(character) ? run : toMark(character, run.length / character.length),
    )
    .replaceAll(stackedMarks, (marks) => Array.from(marks, (mark) => toMark(mark, 1)).join(''));
}

/** `⟦U+202E⟧`, or `⟦U+202E ×12⟧` for twelve in a row. */
function toMark(character: string, count: number): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return count === 1 ? `⟦U+${code}⟧` : `⟦U+${code} ×${count}⟧`;
}

/** Cuts a text that is longer than `longest` characters, marks included, and says so with an ellipsis. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text;
  return `${text
    .slice(0, Math.max(0, longest - 1))
    .toWellFormed()
    .replace(/\ufffd$/, '')}…`;
}

/** Cuts the middle out of a name that is longer than `longest`: names of pods differ at their ends. */
export function cutMiddle(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const half = Math.floor((longest - 1) / 2);
  return `${cutText(name, half + 1)}${name
    .slice(-half)
    .toWellFormed()
    .replace(/^\ufffd/, '')}`;
}
