import type { ErrorCode } from './chaos-error.ts';

/** Why Azure did not accept a request to end a fault, as the journal keeps it: codes and numbers only. */
export type RefusedCancel = {
  readonly problem: ErrorCode;
  /** The HTTP status; absent when no answer came. */
  readonly status?: number;
  /** Azure's own error code, such as `AuthorizationFailed`. */
  readonly code?: string;
};

/** The same with the words for people, which are not journaled. */
export type CancelRefusal = RefusedCancel & {
  /** Azure's own sentence, without secrets; empty when it gave none. */
  readonly sentence: string;
  readonly suggestion: string;
  /** The experiment in the Azure portal. */
  readonly portalUrl?: string;
  /** Not sent yet, since Azure's limit on cancels is used up: when there is room again, ms since the epoch. */
  readonly heldUntil?: number;
};

export type RefusedOutcome = { readonly kind: 'refused'; readonly refusal: CancelRefusal };

/** The result of one request to end a fault. */
export type CancelOutcome =
  | { readonly kind: 'accepted' }
  | RefusedOutcome
  /** Not sent again: the next attempt is not due yet, or Azure's limit on cancels leaves no room for a repeat. */
  | { readonly kind: 'waiting' }
  /** Not sent: the experiment runs for another run, or the conductor that asked has lost its claim. */
  | { readonly kind: 'withheld' };

/** Returns whether a request that counts as refused may have ended the fault all the same: Azure did not answer it. */
export function mayHaveBeenHeard({ problem, status }: RefusedCancel): boolean {
  return problem === 'azure-unreachable' && status === undefined;
}

/** Returns whether two refusals have the same cause, so that people are told once. */
export function isSameRefusal(one: RefusedCancel | undefined, other: RefusedCancel): boolean {
  return one?.problem === other.problem && one.status === other.status && one.code === other.code;
}
