const plain = /^[\w.-]+$/;

/** Quotes a value so that `splitWords` reads the same one back; plain words stay as they are. */
export function quoteWord(text: string): string {
  return plain.test(text)
    ? text
    : `"${text.replaceAll(/["\u201c-\u201f\u00ab\u00bb\\]/g, String.raw`\$&`)}"`;
}

const longestEcho = 60;

/** Cuts a text for an error message: what was typed is repeated, but never at length. */
export function shorten(text: string): string {
  return text.length > longestEcho ? `${text.slice(0, longestEcho)}…` : text;
}
