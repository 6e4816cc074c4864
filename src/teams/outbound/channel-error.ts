import { ChaosError } from '../../domain/chaos-error.ts';
import type { SendFailure } from './message.ts';

const busy = [412, 429, 502, 503, 504];
const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

type ChannelError = {
  statusCode?: number;
  code?: string;
  response?: {
    parsedBody?: { error?: { code?: string } };
    headers?: { get?(name: string): string | undefined };
  };
};

/** The request never left: there was no token, or no connection. */
export class NotSentError extends Error {
  constructor(why: string, cause: unknown) {
    super(`The request was not sent to Teams: ${why}.`, { cause });
    this.name = 'NotSentError';
  }
}

/** The request left, and no answer came: what it asked for may have been done. */
class NoAnswerError extends Error {
  /** To ask once more changes nothing, as with an update. */
  readonly mayRepeat: boolean;
  constructor(mayRepeat: boolean, cause: unknown) {
    super('Teams did not answer.', { cause });
    this.name = 'NoAnswerError';
    this.mayRepeat = mayRepeat;
  }
}

/** The message has changed its form and can be sent at once: as a new post, or shorter. */
export class SendAgainError extends Error {
  constructor(cause: unknown) {
    super('The message is sent in another form.', { cause });
    this.name = 'SendAgainError';
  }
}

/** Wraps an error of one call that got no answer, by whether its request had left. Other errors stay as they are. */
export function toCallError(thrown: unknown, call: { hasLeft: boolean; mayRepeat: boolean }) {
  const { statusCode, code = '' } = (thrown ?? {}) as ChannelError;
  if (statusCode !== undefined) return thrown;
  if (neverSent.includes(code)) return new NotSentError(`there is no connection (${code})`, thrown);
  if (!call.hasLeft) return new NotSentError(explainUnsent(thrown), thrown);
  return new NoAnswerError(call.mayRepeat, thrown);
}

/** A request that does not leave waits for its token, unless something is wrong with the request itself. */
function explainUnsent(thrown: unknown): string {
  const { name = 'unknown error' } = (thrown ?? {}) as { name?: string };
  return /Authentication|Credential|Timeout/.test(name) ? 'the bot gets no token' : name;
}

/** What to do about an error of a message, by Microsoft's list of what may be retried. */
export function classifyChannelError(thrown: unknown): SendFailure {
  if (thrown instanceof SendAgainError) return { kind: 'again' };
  if (thrown instanceof NotSentError) return { kind: 'retry' };
  if (thrown instanceof NoAnswerError) return { kind: thrown.mayRepeat ? 'retry' : 'give-up' };
  if (thrown instanceof ChaosError && thrown.code === 'store-unavailable') return { kind: 'retry' };
  const { statusCode, response } = (thrown ?? {}) as ChannelError;
  if (statusCode === 403) return { kind: 'refused' };
  if (statusCode === undefined || !busy.includes(statusCode)) return { kind: 'give-up' };
  const afterMs = readRetryAfterMs(response?.headers?.get?.('retry-after'));
  return { kind: 'retry', ...(afterMs > 0 ? { afterMs } : {}) };
}

/** Seconds or a date; 0 when it is neither. */
function readRetryAfterMs(header = ''): number {
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1_000;
  return ms > 0 ? ms : 0;
}

/** Whether somebody deleted the message that was to be updated. */
export function isDeleted(thrown: unknown): boolean {
  return readStatus(thrown) === 404;
}

/** Whether Teams refuses the message for what it is: too large, or with something in it that it does not take. */
export function isUnacceptable(thrown: unknown): boolean {
  return [400, 413].includes(readStatus(thrown) ?? 0);
}

export function readStatus(thrown: unknown): number | undefined {
  return ((thrown ?? {}) as ChannelError).statusCode;
}

/** The channel's own code: `MemberNotFoundInConversation`. The client keeps it in one of two places. */
export function readChannelCode(thrown: unknown): string | undefined {
  const { statusCode, code, response } = (thrown ?? {}) as ChannelError;
  return response?.parsedBody?.error?.code ?? (statusCode === undefined ? undefined : code);
}

/** For operators, without anything of the request: `Teams answered 503 (ServiceUnavailable)`. */
export function describeChannelError(thrown: unknown): string {
  const status = readStatus(thrown);
  const code = readChannelCode(thrown);
  if (status !== undefined) return `Teams answered ${status}${code ? ` (${code})` : ''}`;
  return thrown instanceof ChaosError || thrown instanceof Error
    ? thrown.message.replace(/\.$/, '')
    : 'unknown error';
}
