/** The time as Kubernetes writes it: RFC 3339 in whole seconds. */
export function toTimestamp(at: number = Date.now()): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
