import { settleWithin } from '../../time/settle-within.ts';
import type { Intent, IntentLog } from '../ports/intent-log.ts';
import type { Log } from '../ports/log.ts';

export type KeepDeps = { readonly intents: IntentLog; readonly log: Log };

/** A disk that hangs must not hold up an answer. */
const keepLimitMs = 1_000;

/** Keeps what somebody asked for until the database has it. Returns whether it survives the end of this process, as far as that is known in time. Never rejects. */
export async function keepIntent(intent: Intent, { intents, log }: KeepDeps): Promise<boolean> {
  const kept = intents.append(intent).then(
    () => true,
    (error: unknown) => {
      log.error({ error, kind: intent.kind }, `${unkept}; only this process remembers it.`);
      return false;
    },
  );
  const isKept = await settleWithin(keepLimitMs, kept);
  if (isKept === undefined) log.error({ kind: intent.kind }, `${unkept} in time.`);
  return isKept === true;
}

const unkept = 'What was asked for without the database was not written to DATA_DIR';
