/** The code of a system error, such as `EADDRINUSE`; undefined when it has none. */
export function toErrorCode(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
