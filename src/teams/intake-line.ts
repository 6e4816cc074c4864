import { setImmediate } from 'node:timers/promises';
import { isCallToStop, readCommand } from './read-command.ts';
import type { Vocabulary } from '../domain/explain-problem.ts';

/**
 * Creates a line for activities that wait to be taken: each turn of the event loop lets one pass, in the order of arrival. Between two of them, whatever else is
 * due gets its turn.
 */
export function createIntakeLine(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => setImmediate());
    return last;
  };
}

/** Whether an activity, whose sender is not verified yet, asks to stop or to freeze: it does not wait behind others. */
export function isUrgent(body: unknown, vocabulary: Vocabulary): boolean {
  const { type, value, text } = (body ?? {}) as Record<string, unknown>;
  if (type === 'invoke') return readVerb(value) === 'run.stop';
  const message = { ...(typeof text === 'string' ? { text } : {}), value };
  return isCallToStop(readCommand(message as { text: string }, vocabulary));
}

function readVerb(value: unknown): unknown {
  const { action } = (value ?? {}) as { action?: { verb?: unknown } | null };
  return action?.verb;
}
