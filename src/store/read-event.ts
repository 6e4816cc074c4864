import type { RunEvent } from '../domain/run-event.ts';

/**
 * Reads the event of a journal entry. A text that is no event, because somebody altered it, gives one without a type: no hash fits it and no run folds
 * from it, so that the entry is reported as altered.
 */
export function readEvent(text: string): RunEvent {
  const event = tryParse(text);
  const isEvent =
    typeof event === 'object' &&
    event !== null &&
    typeof (event as { type?: unknown }).type === 'string';
  return (isEvent ? event : { unreadable: text }) as RunEvent;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
