/**
 * Whether a namespace matches a pattern. `*` stands for any characters, none included; everything else for itself. A pattern with
 * `&` in it (made by `joinPatterns`) must match on both sides. Takes time proportional to the lengths of both.
 */
export function matchesNamespace(pattern: string, namespace: string): boolean {
  return pattern.split('&').every((part) => matchesGlob(part, namespace));
}

function matchesGlob(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return first === text;
  if (!text.startsWith(first) || !text.endsWith(last)) return false;
  let from = first.length;
  const end = text.length - last.length;
  for (const part of rest) {
    const found = text.indexOf(part, from);
    if (found < 0) return false;
    from = found + part.length;
  }
  return from <= end;
}

/** The patterns of namespaces that match one of each list. */
export function joinPatterns(one: readonly string[], other: readonly string[]): readonly string[] {
  const joined = one.flatMap((left) => other.flatMap((right) => joinPair(left, right)));
  return [...new Set(joined)];
}

function joinPair(left: string, right: string): string[] {
  if (isWithin(left, right)) return [left];
  if (isWithin(right, left)) return [right];
  return left.includes('*') && right.includes('*') ? [`${left}&${right}`] : [];
}

/** Whether a pattern is surely the narrower one: each part of the wide one, taken as a pattern, matches one of its parts, taken as text. */
function isWithin(narrow: string, wide: string): boolean {
  const parts = narrow.split('&');
  return wide.split('&').every((one) => parts.some((part) => matchesGlob(one, part)));
}

/** Prints a pattern as people read it. */
export function printPattern(pattern: string): string {
  return pattern.replaceAll('&', ' and ');
}
