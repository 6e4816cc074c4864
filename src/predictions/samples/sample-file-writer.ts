import { open, rm, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip, gzipSync } from 'node:zlib';
import type { RunId } from '../../domain/ids.ts';
import type { Sample } from '../../domain/sample.ts';
import type { Log } from '../../runs/ports/log.ts';
import type { SampleWriter } from '../../runs/ports/sample-store.ts';
import type { SampleFolder } from './sample-folder.ts';
import { sampleHeader, toSampleLine } from './sample-line.ts';

const compress = promisify(gzip);
const headerMember = gzipSync(`${sampleHeader}\n`);

/** What a kill of the process costs, about. */
const flushEveryMs = 1_000;
/** So many wait for a slow disk, twenty seconds at 1,000/s; what more comes is dropped. */
const mostWaiting = 20_000;
const mostInMember = 1_000;
/** A disk that does not answer must not hold up the end of a run. */
const closeLimitMs = 2_000;

type OpenFile = { readonly handle: FileHandle; bytes: number };

/**
 * Writes the samples of one run to files: each second a member of gzip, appended, so that a file can be read whatever became of the process, up to the last
 * member that is whole. Formatting is all that whoever measures waits for. Samples that cannot be kept are counted and forgotten.
 */
export class SampleFileWriter implements SampleWriter {
  readonly #folder: SampleFolder;
  readonly #runId: RunId;
  readonly #log: Log;
  #waiting: string[] = [];
  #file: OpenFile | undefined;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #taken = 0;
  #kept = 0;
  #hasSaid = false;

  constructor(folder: SampleFolder, { runId, log }: { runId: RunId; log: Log }) {
    this.#folder = folder;
    this.#runId = runId;
    this.#log = log;
  }

  write(sample: Sample): void {
    this.#taken += 1;
    if (this.#waiting.length >= mostWaiting) return;
    this.#waiting.push(toSampleLine(sample));
    if (this.#flushing) return;
    this.#timer ??= setTimeout(() => void this.flush(), flushEveryMs).unref();
  }

  async close(): Promise<void> {
    const limit = new AbortController();
    const given = delay(closeLimitMs, undefined, limit).catch(() => undefined);
    await Promise.race([this.#end(), given]);
    limit.abort();
    this.#folder.leave(this.#runId);
    this.#waiting = [];
    const counts = { runId: this.#runId, kept: this.#kept, dropped: this.#taken - this.#kept };
    if (counts.dropped > 0) this.#log.warn(counts, 'Some samples of a run could not be kept.');
    else if (counts.kept > 0) this.#log.info(counts, 'The samples of a run are kept.');
  }

  async #end(): Promise<void> {
    await this.#flushing;
    await this.flush();
    await this.#closeFile();
  }

  /** Writes what waits, now. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing ??= this.#keepWaiting().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** Never rejects. What cannot be kept now waits for the next time, as much of it as may wait. */
  async #keepWaiting(): Promise<void> {
    while (this.#waiting.length > 0) {
      const lines = this.#waiting.splice(0, mostInMember);
      try {
        await this.#append(lines);
        this.#kept += lines.length;
      } catch (error) {
        this.#complain(error);
        if (error instanceof RangeError) continue;
        this.#waiting = [...lines, ...this.#waiting].slice(0, mostWaiting);
        return;
      }
    }
  }

  async #append(lines: readonly string[]): Promise<void> {
    const member = await compress(`${lines.join('\n')}\n`);
    const { fileBytes } = this.#folder.caps;
    if (headerMember.length + member.length > fileBytes)
      throw new RangeError(`A second of samples takes more than ${fileBytes} bytes.`);
    if (this.#file && this.#file.bytes + member.length > fileBytes) await this.#closeFile();
    this.#file ??= await this.#openFile();
    await this.#write(this.#file, member);
  }

  async #openFile(): Promise<OpenFile> {
    const path = await this.#folder.beginFile(this.#runId);
    const handle = await open(path, 'ax', 0o600);
    try {
      await handle.writeFile(headerMember);
    } catch (error) {
      await handle.close();
      await rm(path, { force: true });
      throw error;
    }
    return { handle, bytes: headerMember.length };
  }

  async #write(file: OpenFile, member: Buffer): Promise<void> {
    try {
      await file.handle.writeFile(member);
      file.bytes += member.length;
    } catch (error) {
      // What follows half a member could not be read; where it cannot be taken back, the next file goes on.
      await file.handle.truncate(file.bytes).catch(() => this.#closeFile());
      throw error;
    }
  }

  async #closeFile(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#folder.endFile(this.#runId);
    await file?.handle.close().catch(() => undefined);
  }

  #complain(error: unknown): void {
    if (this.#hasSaid) return;
    this.#hasSaid = true;
    this.#log.warn(
      { runId: this.#runId, error },
      'Samples of a run cannot be kept; the run goes on without them.',
    );
  }
}
