import { isUnacceptable, SendAgainError } from './channel-error.ts';
import { findPlainerForm, type MessageForm } from './message-forms.ts';

/** Which form of a message Teams takes. */
export type FormMemory = {
  read(): MessageForm;
  /** Teams refused a form; from now on this one is sent. */
  write(form: MessageForm, error: unknown): void;
};

/** Sends a message in the form that was not refused yet. When Teams refuses it, rejects with a `SendAgainError` while a plainer form is left. */
export async function sendInForm(
  memory: FormMemory,
  send: (form: MessageForm) => Promise<void>,
): Promise<void> {
  const form = memory.read();
  try {
    await send(form);
  } catch (error) {
    const plainer = isUnacceptable(error) ? findPlainerForm(form) : undefined;
    if (!plainer) throw error;
    memory.write(plainer, error);
    throw new SendAgainError(error);
  }
}
