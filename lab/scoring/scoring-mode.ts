/**
 * How the scoring process behaves, for faults of the lab. `ok` is the normal way; `stalled` answers nothing at all, its
 * health check included; `slow` delays each prediction; `wrong` predicts from the features in reverse order;
 * `exception` answers each prediction as the scoring script does when it caught an exception: its text, with status 200; `flaky` does so for a share of them,
 * 0 to 1, chosen at random.
 */
export type ScoringMode =
  | { readonly kind: 'ok' | 'stalled' | 'wrong' | 'exception' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'flaky'; readonly share: number };

/** What the kubelet sends to a scoring process over its IPC channel. */
export type ScoringMessage = { readonly mode: ScoringMode };

export function isScoringMessage(message: unknown): message is ScoringMessage {
  return typeof message === 'object' && message !== null && 'mode' in message;
}
