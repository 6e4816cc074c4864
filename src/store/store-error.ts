import { ChaosError } from '../domain/chaos-error.ts';

/** SQLSTATE classes that say the server cannot serve now: connection, resources, operator intervention, system error. */
const unavailableClasses = ['08', '53', '57', '58'];
/** The server is a standby, or was made one in a failover: it answers and takes no writes. */
const readOnly = '25006';
/** The server ended a transaction: of a client that it had not heard from, or that took longer than its administrator allows. */
const endedTransaction = ['25P03', '25P04'];
const socketCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
];
const closed = /closed|terminat|destroyed|timeout|not queryable|discarded/i;

/** Runs a piece of database work; when the database cannot be used, it rejects with `store-unavailable`. */
export async function withStoreErrors<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw isUnavailable(error) ? storeUnavailable(error) : error;
  }
}

function isUnavailable(error: unknown): boolean {
  if (error instanceof ChaosError || typeof error !== 'object' || error === null) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const message = 'message' in error ? String(error.message) : '';
  const sqlState =
    code === readOnly ||
    endedTransaction.includes(code) ||
    (code.length === 5 && unavailableClasses.includes(code.slice(0, 2)));
  return sqlState || socketCodes.includes(code) || (code === '' && closed.test(message));
}

/** Whether the server refused a write because it takes none. */
export function isReadOnly(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === readOnly;
}

/** Returns the error of a database that can't be used now. */
export function storeUnavailable(cause?: unknown): ChaosError {
  return new ChaosError('store-unavailable', 'The database does not answer.', {
    suggestion: 'Nothing can be approved or started until it is back; stop still works.',
    ...(cause === undefined ? {} : { cause }),
  });
}
