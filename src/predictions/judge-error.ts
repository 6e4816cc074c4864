import type { FailureKind } from '../domain/measurement.ts';
import { findOwn } from '../domain/find-own.ts';

const kindByCode: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  ENOTFOUND: 'refused',
  EAI_AGAIN: 'refused',
  ETIMEDOUT: 'timeout',
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'malformed',
};

/**
 * No port, file or memory was left; this machine's own firewall or network forbade or could not make the connection; or it could not learn where the name
 * of the service leads.
 */
const ownCodes = [
  'EADDRNOTAVAIL',
  'EMFILE',
  'ENFILE',
  'ENOBUFS',
  'ENOMEM',
  'EAGAIN',
  'EACCES',
  'EPERM',
  'ENETDOWN',
  'EAI_AGAIN',
];

/** Whether this machine could not connect: the service is not to blame then. Also true when that was so for one of several addresses. */
export function isOwnFailure(thrown: unknown): boolean {
  if (!isRecord(thrown)) return false;
  const { errors, cause } = thrown;
  return (
    hasOwnCode(thrown) ||
    (Array.isArray(errors) &&
      errors.some((error: unknown) => isRecord(error) && hasOwnCode(error))) ||
    (isRecord(cause) && hasOwnCode(cause))
  );
}

const hasOwnCode = ({ code }: Record<string, unknown>) => ownCodes.includes(String(code));

/** The kind of failure behind an exchange that gave no answer; a connection that broke, also in the middle of an answer, is a reset. */
export function judgeError(thrown: unknown): FailureKind {
  if (!isRecord(thrown)) return 'reset';
  const { name, message } = thrown;
  const code = typeof thrown['code'] === 'string' ? thrown['code'] : '';
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout';
  if (name === 'HTTPParserError')
    return typeof message === 'string' && message.includes('EOF') ? 'reset' : 'malformed';
  if (certificateProblem.test(code)) return 'refused';
  return findOwn(kindByCode, code) ?? 'reset';
}

/** Node's codes for a certificate that we do not accept: no connection came about. */
const certificateProblem = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)/;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
