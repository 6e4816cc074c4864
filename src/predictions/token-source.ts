import type { ReadToken } from '../runs/ports/cluster-access.ts';
import type { Log } from '../runs/ports/log.ts';

type Token = Awaited<ReturnType<ReadToken>>;

export type TokenSource = {
  /** The token in hand, renewed when it is due; undefined when there is none that is good. */
  current(): string | undefined;
  /** Until when the token in hand is good, ms since the epoch. */
  expiresAt(): number;
  /** Resolves when there is a token, or when it is clear that none comes for now. */
  ready(): Promise<void>;
};

const renewBeforeMs = 300_000;
const retryAfterMs = 5_000;

/** Holds a token so that no prediction waits for one: the new one is asked for while the old one is still good. */
export function createTokenSource(read: () => Promise<Token>, log: Log): TokenSource {
  let token: Token | undefined;
  let asking: Promise<void> | undefined;
  let askAgainAt = 0;
  const isGoodFor = (durationMs: number) =>
    token !== undefined && token.expiresAt > Date.now() + durationMs;
  const ask = async () => {
    try {
      token = await read();
    } catch (error) {
      log.warn({ error }, 'No token for predictions could be had.');
    }
    askAgainAt = Date.now() + retryAfterMs;
    asking = undefined;
  };
  const renew = () => {
    if (!isGoodFor(renewBeforeMs) && Date.now() >= askAgainAt) asking ??= ask();
  };
  return {
    current() {
      renew();
      return isGoodFor(0) ? token?.token : undefined;
    },
    expiresAt: () => token?.expiresAt ?? 0,
    async ready() {
      renew();
      if (!isGoodFor(0)) await asking;
    },
  };
}
