import type { SendFailure } from './outbound-queue.ts';

const busy = [412, 429, 502, 503, 504];

type ChannelError = {
  statusCode?: number;
  code?: string;
  body?: { error?: { code?: string } };
  response?: { headers?: { get?(name: string): string | undefined } };
};

/** What to do about an error of the Bot Framework connector, by Microsoft's list of what may be retried. */
export function classifyChannelError(thrown: unknown): SendFailure {
  const error = (thrown ?? {}) as ChannelError;
  const { statusCode } = error;
  if (statusCode === 403) return { kind: 'gone' };
  const unreachable = statusCode === undefined && typeof error.code === 'string';
  if (!unreachable && !(statusCode !== undefined && busy.includes(statusCode)))
    return { kind: 'give-up' };
  const seconds = Number(error.response?.headers?.get?.('retry-after'));
  return seconds > 0 ? { kind: 'retry', afterMs: seconds * 1_000 } : { kind: 'retry' };
}

/** Whether somebody deleted the message that was to be updated. */
export function isDeleted(thrown: unknown): boolean {
  return ((thrown ?? {}) as ChannelError).statusCode === 404;
}
