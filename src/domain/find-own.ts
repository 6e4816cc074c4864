/**
 * Returns what a record holds under a key that comes from outside. A plain `record[key]` would also find what every object inherits: `constructor`,
 * `toString`, `__proto__`.
 */
export function findOwn<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
