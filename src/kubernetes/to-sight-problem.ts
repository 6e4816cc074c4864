import { ChaosError } from '../domain/chaos-error.ts';
import type { SightProblem } from '../domain/sight-problem.ts';

const byStatus: ReadonlyMap<number, SightProblem> = new Map([
  [401, { code: 'unauthorized' }],
  [403, { code: 'forbidden' }],
]);

const byCode: ReadonlyMap<string, SightProblem> = new Map<string, SightProblem>([
  ['ECONNREFUSED', { code: 'connection-refused' }],
  ['ECONNRESET', { code: 'connection-broken' }],
  ['EPIPE', { code: 'connection-broken' }],
  ['ERR_STREAM_PREMATURE_CLOSE', { code: 'connection-broken' }],
  ['ETIMEDOUT', { code: 'time-out' }],
  ['ENOTFOUND', { code: 'unknown-host' }],
  ['EAI_AGAIN', { code: 'unknown-host' }],
]);

/** Codes of OpenSSL for a certificate that is not trusted, not valid now, or of another host. */
const certificateCode = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_)/;

/** Names why a look at the cluster failed. The text of the error, which may hold a token, is not repeated. */
export function toSightProblem(thrown: unknown): SightProblem {
  if (thrown instanceof ChaosError && thrown.code === 'cluster-answer-too-large')
    return { code: 'answer-too-large' };
  const { code, name, cause } = (thrown ?? {}) as {
    code?: unknown;
    name?: unknown;
    cause?: unknown;
  };
  // Before the code: that of a DOMException is a number, too.
  if (name === 'AbortError' || name === 'TimeoutError') return { code: 'time-out' };
  if (typeof code === 'number') return byStatus.get(code) ?? { code: 'status', status: code };
  if (typeof code === 'string') {
    const known = byCode.get(code);
    if (known) return known;
    if (certificateCode.test(code)) return { code: 'certificate' };
  }
  return cause === undefined ? { code: 'unknown' } : toSightProblem(cause);
}
