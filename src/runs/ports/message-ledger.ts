import type { RunId } from '../../domain/ids.ts';
import type { Run } from '../../domain/run.ts';

/** Where the cards of runs are, so that they can be updated after a restart. Implemented by the store for the chat adapter. */
export interface MessageLedger {
  find(runId: RunId, role: MessageRole): Promise<DeliveredMessage | undefined>;
  save(runId: RunId, role: MessageRole, message: DeliveredMessage): Promise<void>;
  /** Runs proposed at or after `since` that wait or have ended and whose messages do not say so yet, oldest first. */
  undelivered(since: number): Promise<readonly Run[]>;
}

/** A message, and the version of the run that it shows. */
export type DeliveredMessage = { readonly activityId: string; readonly version: number };

export type MessageRole =
  | 'card'
  | 'summary'
  | 'notice'
  | 'reminder'
  | 'refusal'
  | 'acceptance'
  | 'disallowed'
  | 'injection'
  | 'left';
