import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IntentLog } from '../../src/runs/ports/intent-log.ts';
import type { Log } from '../../src/runs/ports/log.ts';
import { createIntentFiles } from '../../src/store/intent-files.ts';

const quiet: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

const folders = new Set<string>();
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The intent log in a folder of its own, which is deleted when the tests end. */
export function createTestIntents(log = quiet): IntentLog {
  const folder = join(tmpdir(), `intents-${randomUUID()}`);
  folders.add(folder);
  return createIntentFiles({ folder, log });
}
