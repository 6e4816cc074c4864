/** Integers that a number of JavaScript may not tell from their neighbours have at least so many digits. */
const mayBeLong = /\d{16}/;
const isInteger = /^-?\d+$/;

/** What a text says as JSON, integers that a number cannot hold exactly as bigint; undefined when it is none. */
export function parseExactJson(text: string): unknown {
  try {
    return mayBeLong.test(text) ? JSON.parse(text, revive) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Node gives the source of primitive values as a third argument. */
function revive(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const { source } = context ?? {};
  return source !== undefined && isInteger.test(source) ? BigInt(source) : value;
}
