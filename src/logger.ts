import { pino, stdSerializers, type Logger } from 'pino';

/** Names of fields that must never be printed, wherever they stand. */
const secretFields = ['authorization', 'password', 'token', 'key', 'secret', 'connectionString'];

/** A logger of JSON lines on standard output, with secrets redacted and errors as type, message and stack only. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: undefined,
    timestamp: () => `,"at":"${new Date().toISOString()}"`,
    redact: secretFields.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
    serializers: { error: toPlainError },
  });
}

/** SDK errors carry requests with headers and tokens: only what names the error is kept, with its causes. */
export function toPlainError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return stdSerializers.err(new Error(toText(thrown)));
  const { name, message, stack, cause } = thrown;
  const code = 'code' in thrown ? thrown.code : undefined;
  return {
    type: name,
    code,
    message,
    stack,
    ...(cause === undefined ? {} : { cause: toPlainError(cause) }),
  };
}

/** Some libraries pass on what an error had, and not the error: pg-boss does. Nothing but the message is taken of it. */
function toText(thrown: unknown): string {
  const hasMessage = typeof thrown === 'object' && thrown !== null && 'message' in thrown;
  return String(hasMessage ? thrown.message : thrown);
}
