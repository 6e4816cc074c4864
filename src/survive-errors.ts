import type { Log } from './runs/ports/log.ts';

/** The part of `process` that is watched. */
export type WatchedProcess = Pick<NodeJS.Process, 'on'>;

export type SurviveOptions = {
  readonly process: WatchedProcess;
  readonly log: Pick<Log, 'error'>;
  /** Hands the runs over, as when the process is told to end. */
  readonly close: () => Promise<void>;
  readonly exit: (code: number) => void;
  /** How long handing over may take, ms. */
  readonly closeLimitMs?: number;
};

/** Codes of connections that broke. Nothing in this process is half done when a socket of a peer fails. */
const harmlessCodes: ReadonlySet<string> = new Set([
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
]);

/**
 * Logs what nobody caught. A rejected promise and a broken connection leave the process as it was: it keeps serving, and no run is cancelled. After any other
 * exception the state of the process is unknown: it hands its runs over and exits with 1, for another process to conduct them.
 */
export function surviveErrors(options: SurviveOptions): void {
  const { process, log } = options;
  let isEnding = false;
  process.on('unhandledRejection', (error: unknown) => {
    log.error({ error }, 'A promise was rejected and nobody handled it. The bot keeps serving.');
  });
  process.on('uncaughtException', (error: unknown) => {
    if (isHarmless(error))
      return log.error({ error }, 'A connection failed unhandled. The bot keeps serving.');
    log.error({ error }, 'An exception was not caught. The bot hands its runs over and exits.');
    if (isEnding) return;
    isEnding = true;
    void handOver(options);
  });
}

function isHarmless(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' && harmlessCodes.has(code);
}

async function handOver({ close, exit, log, closeLimitMs = 20_000 }: SurviveOptions) {
  const timer = setTimeout(() => exit(1), closeLimitMs);
  try {
    await close();
  } catch (error) {
    log.error({ error }, 'The runs could not be handed over. Another process finds them itself.');
  }
  clearTimeout(timer);
  exit(1);
}
