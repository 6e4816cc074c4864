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
function toPlainError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return stdSerializers.err(new Error(String(thrown)));
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
