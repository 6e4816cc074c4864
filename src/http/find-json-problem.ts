/** Deeper than any card or activity of Teams. */
const maxDepth = 64;
/** More values than any activity of Teams has. */
const maxValues = 10_000;
/** Keys that reach an object's prototype when code copies them carelessly. Teams sends none of them. */
const refusedKeys: readonly string[] = ['__proto__', 'prototype', 'constructor'];

/** Returns what is wrong with the shape of parsed JSON, or undefined. Walks without recursion, so depth cannot exhaust the stack. */
export function findJsonProblem(value: unknown): string | undefined {
  const waiting: { readonly value: unknown; readonly depth: number }[] = [{ value, depth: 1 }];
  let values = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    values += 1;
    if (values > maxValues) return `The body has more than ${maxValues} values.`;
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth > maxDepth) return `The body is nested deeper than ${maxDepth} levels.`;
    for (const [key, child] of Object.entries(next.value)) {
      if (refusedKeys.includes(key)) return `The body has a key "${key}".`;
      waiting.push({ value: child, depth: next.depth + 1 });
    }
  }
  return undefined;
}
