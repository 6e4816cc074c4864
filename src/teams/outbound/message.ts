/**
 * How soon a message must be said. `stop`: answers to a stop or a freeze. `say`: other answers, proposals, alerts, summaries. `live`: new numbers on a
 * card, dropped rather than delivered late.
 */
export type Urgency = 'stop' | 'say' | 'live';

/** Most urgent first. */
export const urgencies: readonly Urgency[] = ['stop', 'say', 'live'];

export function isMoreUrgent(one: Urgency, other: Urgency): boolean {
  return urgencies.indexOf(one) < urgencies.indexOf(other);
}

/** Something to say in a conversation. A waiting message is replaced by a newer one with the same key, and keeps its place. */
export type Message = {
  readonly key: string;
  readonly urgency: Urgency;
  /** Only the numbers of a live card have changed: it can wait longer. */
  readonly quiet?: boolean;
  /** For operators: `summary of r-1`. */
  readonly what: string;
  readonly send: () => Promise<void>;
};

/**
 * What an outbound queue does about an error. `again`: call at once, since the message has changed its form. `retry`: call later. `refused`: the bot may
 * not speak there, or so it seems. `give-up`: another call would fail as well, or could say it twice.
 */
export type SendFailure =
  | { readonly kind: 'again' | 'refused' | 'give-up' }
  | { readonly kind: 'retry'; readonly afterMs?: number };
