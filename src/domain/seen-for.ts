/** After a look that failed: two that fail in a row are longer, one between two that succeed is not. */
const failedForMs = 5_000;

/** For how long something is taken as seen after a look, by whether one has failed since, ms. `longestMs`: the same where none has. */
export function toSeenForMs(longestMs: number, hasFailed: boolean): number {
  return hasFailed ? Math.min(longestMs, failedForMs) : longestMs;
}
