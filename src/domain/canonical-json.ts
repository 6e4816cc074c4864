/**
 * Writes a value as JSON in one fixed form: keys in code-unit order, no white space, fields that are undefined left out.
 * The same value always gives the same text, so that its hash can be compared (RFC 8785 for the values used here).
 */
export function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value))
    return `[${value.map((item) => toCanonicalJson(item ?? null)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${toCanonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError('Only finite numbers have a canonical form.');
  }
  return JSON.stringify(value) ?? 'null';
}
