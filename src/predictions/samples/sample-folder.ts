import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRunId, type RunId } from '../../domain/ids.ts';

/** How much samples may take of the disk. */
export type SampleCaps = {
  readonly folderBytes: number;
  readonly runBytes: number;
  readonly fileBytes: number;
};

/** A run may have a quarter of it all, so that those before it are not gone at once; in eight files, so that little of it goes at a time. */
export function toSampleCaps(folderBytes: number): SampleCaps {
  const runBytes = Math.floor(folderBytes / 4);
  return { folderBytes, runBytes, fileBytes: Math.floor(runBytes / 8) };
}

/** A file of samples; files of a run are in order by name. */
export type SampleFile = {
  readonly runId: RunId;
  readonly path: string;
  readonly bytes: number;
  readonly changedAt: number;
};

const fileName = /^\d{6}\.csv\.gz$/;

/** The files of a run, oldest first; none when there is no such folder, or it cannot be read. */
export async function listSampleFiles(folder: string, runId: RunId): Promise<SampleFile[]> {
  const own = join(folder, runId);
  const names = await readdir(own).catch(() => []);
  const files = names
    .filter((name) => fileName.test(name))
    .toSorted()
    .map(async (name) => {
      const path = join(own, name);
      const found = await stat(path).catch(() => undefined);
      return found ? [{ runId, path, bytes: found.size, changedAt: found.mtimeMs }] : [];
    });
  return (await Promise.all(files)).flat();
}

/** Where samples are kept: a folder for each run, and all of them within their caps. */
export class SampleFolder {
  readonly path: string;
  readonly caps: SampleCaps;
  /** Runs that go on, and the file that each writes, which may grow to its cap. */
  readonly #open = new Map<RunId, string | undefined>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(path: string, caps: SampleCaps) {
    this.path = path;
    this.caps = caps;
  }

  /** Makes room for one more file of a run and says where it is to be. Rejects when there is no room, or no folder. */
  beginFile(runId: RunId): Promise<string> {
    // One at a time: what one makes room for must not be taken for free by another.
    const begun = this.#last.then(() => this.#begin(runId));
    this.#last = begun.catch(() => undefined);
    return begun;
  }

  /** No more is written to the file of a run; another may follow. */
  endFile(runId: RunId): void {
    if (this.#open.has(runId)) this.#open.set(runId, undefined);
  }

  /** The run does not go on here: its files may make room for others. */
  leave(runId: RunId): void {
    this.#open.delete(runId);
  }

  async #begin(runId: RunId): Promise<string> {
    this.#open.set(runId, undefined);
    await mkdir(join(this.path, runId), { recursive: true, mode: 0o700 });
    const last = (await listSampleFiles(this.path, runId)).at(-1);
    await this.#makeRoom(runId);
    const number = last ? Number.parseInt(last.path.slice(-'000001.csv.gz'.length), 10) + 1 : 1;
    const path = join(this.path, runId, `${String(number).padStart(6, '0')}.csv.gz`);
    this.#open.set(runId, path);
    return path;
  }

  async #makeRoom(runId: RunId): Promise<void> {
    const { folderBytes, runBytes, fileBytes } = this.caps;
    const own = await listSampleFiles(this.path, runId);
    while (this.#sum(own) + fileBytes > runBytes) await removeFirst(own);
    const others = await this.#listOthers(runId);
    const isFull = () => this.#sum([...own, ...others.flat()]) + fileBytes > folderBytes;
    for (let oldest = others[0]; oldest && isFull() && !this.#isOpen(oldest); oldest = others[0]) {
      await rm(join(this.path, oldest[0]?.runId ?? ''), { recursive: true, force: true });
      others.shift();
    }
    // Runs that go on share what there is: the oldest file of the largest goes.
    while (isFull()) await removeFirst(this.#findLargest([own, ...others]));
  }

  /** Of the run with most, the files that are not being written; of none where all are. */
  #findLargest(runs: readonly SampleFile[][]): SampleFile[] {
    const open = new Set(this.#open.values());
    const [largest = []] = runs
      .filter((files) => files.some(({ path }) => !open.has(path)))
      .toSorted((one, other) => this.#sum(other) - this.#sum(one));
    return largest;
  }

  /** The files of other runs: those that are being written last, then the one that was written to last. */
  async #listOthers(runId: RunId): Promise<SampleFile[][]> {
    const names = await readdir(this.path);
    // What is not of a run is somebody else's.
    const runs = names.flatMap((name) => parseRunId(name) ?? []);
    const others = runs.filter((other) => other !== runId && names.includes(other));
    const files = await Promise.all(others.map((other) => listSampleFiles(this.path, other)));
    const lastChange = (of: readonly SampleFile[]) =>
      this.#isOpen(of)
        ? Number.MAX_SAFE_INTEGER
        : Math.max(...of.map(({ changedAt }) => changedAt));
    return files
      .filter((of) => of.length > 0)
      .toSorted((one, other) => lastChange(one) - lastChange(other));
  }

  #isOpen([first]: readonly SampleFile[]): boolean {
    return first !== undefined && this.#open.has(first.runId);
  }

  #sum(files: readonly SampleFile[]): number {
    const open = new Set(this.#open.values());
    const grown = ({ path, bytes }: SampleFile) =>
      open.has(path) ? Math.max(bytes, this.caps.fileBytes) : bytes;
    return files.reduce((sum, file) => sum + grown(file), 0);
  }
}

async function removeFirst(files: SampleFile[]): Promise<void> {
  const first = files.shift();
  if (!first) throw new Error('There is no room for samples: other runs that go on have it all.');
  await rm(first.path, { force: true });
}
