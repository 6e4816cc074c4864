/**
 * Returns the text of a member's value in the text of a JSON object, as it stands there: parsing rounds 64-bit integers, makes `1.0` to `1` and reorders
 * keys that look like numbers. Of a name given twice the last counts, as with `JSON.parse`. The text must be valid JSON.
 */
export function findMemberText(text: string, name: string): string | undefined {
  let found: string | undefined;
  let at = text.indexOf('{') + 1;
  for (;;) {
    at = skipSpace(text, at);
    if (text[at] !== '"') return found;
    const keyEnd = endOfString(text, at);
    const key: unknown = JSON.parse(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = endOfValue(text, start);
    if (key === name) found = text.slice(start, end);
    at = skipSpace(text, end);
    if (text[at] !== ',') return found;
    at += 1;
  }
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1;
  return at;
}

/** Where the string that begins at `from` ends, behind its quote. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at) - 1;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') depth -= 1;
    // The object's own end, or the end of a container that is the value.
    if (depth < 0) return at;
    if (depth === 0 && (character === '}' || character === ']' || character === '"')) return at + 1;
    if (depth === 0 && (character === ',' || ' \t\n\r'.includes(character))) return at;
  }
  return text.length;
}
