import type { SendFailure } from './outbound-queue.ts';

const busy = [412, 429, 502, 503, 504];

type ChannelError = {
  statusCode?: number;
  code?: string;
  request?: { method?: string };
  body?: { error?: { code?: string } };
  response?: { headers?: { get?(name: string): string | undefined } };
};

/** What to do about an error of the Bot Framework connector, by Microsoft's list of what may be retried. */
export function classifyChannelError(thrown: unknown): SendFailure {
  const error = (thrown ?? {}) as ChannelError;
  const { statusCode } = error;
  if (statusCode === 403) return { kind: 'gone' };
  const mayRepeat = statusCode === undefined ? isWithoutAnswer(error) : busy.includes(statusCode);
  if (!mayRepeat) return { kind: 'give-up' };
  const seconds = Number(error.response?.headers?.get?.('retry-after'));
  return seconds > 0 ? { kind: 'retry', afterMs: seconds * 1_000 } : { kind: 'retry' };
}

const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** Where no answer came: an update can be repeated, a post only when it surely never got there. */
function isWithoutAnswer({ code, request }: ChannelError): boolean {
  if (typeof code !== 'string') return false;
  return request?.method === 'PUT' || neverSent.includes(code);
}

/** Whether somebody deleted the message that was to be updated. */
export function isDeleted(thrown: unknown): boolean {
  return ((thrown ?? {}) as ChannelError).statusCode === 404;
}
