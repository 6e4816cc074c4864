import type { ErrorCode } from './chaos-error.ts';
import { printClock } from './print-time.ts';

/**
 * Why nobody knows how an execution stands: Azure does not have it (any more), does not let the bot read it, allows no more requests for now, or does not
 * answer.
 */
export type UnreadReason = 'gone' | 'forbidden' | 'throttled' | 'unreachable';

/** An execution that can't be read now. */
export type UnreadExecution = {
  readonly reason: UnreadReason;
  /** Since when it can't be read, whatever the reason was at first. Ms since the epoch. */
  readonly since: number;
  /** What to do, such as which role to give to whom. */
  readonly suggestion: string;
};

const reasons: ReadonlyMap<ErrorCode, UnreadReason> = new Map([
  ['azure-not-found', 'gone'],
  ['azure-forbidden', 'forbidden'],
  ['azure-identity-forbidden', 'forbidden'],
  ['azure-unauthorized', 'forbidden'],
  ['azure-throttled', 'throttled'],
]);

/** Returns why an execution could not be read, by the code of the error. */
export function toUnreadReason(code: ErrorCode): UnreadReason {
  return reasons.get(code) ?? 'unreachable';
}

const words: Readonly<Record<UnreadReason, string>> = {
  gone: 'Azure no longer has the execution of this fault',
  forbidden: 'Azure does not let the bot read the execution of this fault',
  throttled: 'Azure allows no more requests to read the execution of this fault',
  unreachable: 'Azure does not answer requests to read the execution of this fault',
};

/** Says why an execution can't be read and since when: `Azure does not let the bot read the execution of this fault (since 14:07:04 UTC).` */
export function describeUnread({ reason, since }: Pick<UnreadExecution, 'reason' | 'since'>) {
  return `${words[reason]} (since ${printClock(since)} UTC).`;
}
