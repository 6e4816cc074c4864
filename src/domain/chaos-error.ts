/** Every way a request can fail for a reason that we can name. Each code has a section in docs/errors.md. */
export const errorCodes = [
  'azure-chaos-mesh-missing',
  'azure-chaos-mesh-unsupported',
  'azure-cluster-unreachable',
  'azure-conflict',
  'azure-experiment-invalid',
  'azure-forbidden',
  'azure-identity-forbidden',
  'azure-local-accounts-disabled',
  'azure-location-conflict',
  'azure-location-unavailable',
  'azure-locked',
  'azure-not-found',
  'azure-not-registered',
  'azure-policy-denied',
  'azure-subscription-disabled',
  'azure-target-unresolved',
  'azure-targets-empty',
  'azure-throttled',
  'azure-unauthorized',
  'azure-unreachable',
  'claim-lost',
  'cluster-answer-too-large',
  'cluster-forbidden',
  'cluster-unauthorized',
  'cluster-unreachable',
  'config-invalid',
  'experiment-unknown',
  'frozen',
  'journal-copy-failed',
  'membership-unknown',
  'no-pods-matched',
  'not-approved',
  'not-entitled',
  'parameter-invalid',
  'policy-refused',
  'record-altered',
  'run-active',
  'run-changed',
  'run-not-found',
  'store-unavailable',
  'too-busy',
  'unexpected',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export type ChaosErrorOptions = {
  /** The next step, in plain words, for the person who reads it in Teams. */
  readonly suggestion: string;
  /** Whole commands that were probably meant, at most three. */
  readonly tryInstead?: readonly string[];
  readonly cause?: unknown;
};

/** The one error class: a code for machines, a message that says what was wrong, a suggestion that says what to do. */
export class ChaosError extends Error {
  readonly code: ErrorCode;
  readonly suggestion: string;
  readonly tryInstead: readonly string[];

  constructor(code: ErrorCode, message: string, options: ChaosErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ChaosError';
    this.code = code;
    this.suggestion = options.suggestion;
    this.tryInstead = options.tryInstead ?? [];
  }
}

/** Turns anything thrown into a ChaosError, so that nobody is ever shown a raw message of a library. */
export function toChaosError(thrown: unknown): ChaosError {
  if (thrown instanceof ChaosError) return thrown;
  return new ChaosError('unexpected', 'Unexpected error.', {
    suggestion: 'Look into the log of the bot for the cause, then try again.',
    cause: thrown,
  });
}
