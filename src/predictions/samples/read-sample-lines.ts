import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { sampleHeader } from './sample-line.ts';

/**
 * The lines of files of samples, some at a time, without their headers. Of a file that was cut off, or is damaged, those before that; a line without its end is
 * none.
 */
export async function* readSampleLines(
  paths: readonly string[],
): AsyncGenerator<readonly string[], void, undefined> {
  for (const path of paths) yield* readFile(path);
}

async function* readFile(path: string): AsyncGenerator<readonly string[], void, undefined> {
  const text = createGunzip().setEncoding('utf8');
  // Errors come out of the loop as well.
  pipeline(createReadStream(path), text, () => undefined);
  let rest = '';
  try {
    for await (const chunk of text as AsyncIterable<string>) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      yield lines.filter((line) => line !== sampleHeader);
      // Somebody may be measuring in this process.
      await nextTurn();
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

/** A file that zlib cannot go on with, or that was taken away to make room. */
function isDamage(error: unknown): boolean {
  const { code = '' } = error as NodeJS.ErrnoException;
  return code.startsWith('Z_') || code === 'ENOENT';
}
