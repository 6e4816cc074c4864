import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RunId } from '../../../src/domain/ids.ts';
import { failureKinds, unmeasuredReasons } from '../../../src/domain/measurement.ts';
import { isMeasured, type Sample } from '../../../src/domain/sample.ts';
import { createSampleFiles } from '../../../src/predictions/samples/sample-files.ts';
import { SampleFolder, toSampleCaps } from '../../../src/predictions/samples/sample-folder.ts';
import {
  parseSampleLine,
  rephase,
  sampleHeader,
  toSampleLine,
} from '../../../src/predictions/samples/sample-line.ts';
import { SampleFileWriter } from '../../../src/predictions/samples/sample-file-writer.ts';
import { readAll, sampleAt } from '../../support/samples.ts';
import { createRandom } from '../../support/seeded-stream.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const runId = 'r-7k2mq4' as RunId;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
type Said = Readonly<Record<string, unknown>> & { readonly message: string };

let folder: string;
let said: Said[];
const note = (fields: object, message: string) => void said.push({ ...fields, message });
const log = { info: note, warn: note, error: note };
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samples-'));
  said = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const createFiles = (maxBytes = 1_000_000_000) => createSampleFiles({ folder, maxBytes, log });
const count = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => sampleAt(from + index));
const pathOf = (number: number) => join(folder, runId, `${`${number}`.padStart(6, '0')}.csv.gz`);

describe('a line of samples', () => {
  test('is read as it was written, whatever the pod calls itself, in cells of its own', () => {
    const sample: fc.Arbitrary<Sample> = fc.record({
      dueAt: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      lateMs: fc.integer({ min: 0, max: 25_000 }).map((hundredths) => hundredths / 100),
      latencyMs: fc.integer({ min: 0, max: 6_000_000 }).map((hundredths) => hundredths / 100),
      outcome: fc.constantFrom('good' as const, ...failureKinds, ...unmeasuredReasons),
      status: fc.integer({ min: 100, max: 999 }),
      pod: fc.string({ minLength: 1, unit: 'binary' }),
      kept: fc.boolean(),
      phase: fc.constantFrom('baseline' as const, 'inject', 'observe', 'recover'),
    });
    const property = fc.property(sample, (given) => {
      const line = toSampleLine(given);
      expect(line).toMatch(/^[^"\n\r=+@]*$/);
      const read = parseSampleLine(line);
      const unmeasured = isMeasured(given) ? {} : { lateMs: 0, latencyMs: 0, kept: false };
      expect(read).toEqual({ ...given, pod: read?.pod, ...unmeasured });
      if (/^\w[\w.:/-]*$/.test(given.pod ?? '')) expect(read?.pod).toBe(given.pod);
    });
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('never comes into the next second', () => {
    const line = toSampleLine(sampleAt(0.999_9));
    expect(line).toBe(
      '2026-11-23T09:00:00.999Z,8.25,good,200,diabetes-7c9f6d-4xkqz,fresh,observe,0.00',
    );
    const { status: _status, pod: _pod, ...unanswered } = sampleAt(1, { outcome: 'refused' });
    expect(toSampleLine(unanswered)).toBe(
      '2026-11-23T09:00:01.000Z,8.25,refused,,,fresh,observe,0.00',
    );
  });

  test('has no latency, connection or lateness of what was not measured, also in older files', () => {
    const { status: _status, pod: _pod, ...unmeasured } = sampleAt(1, { outcome: 'restart' });
    const line = '2026-11-23T09:00:01.000Z,,restart,,,,observe,';
    expect(toSampleLine(unmeasured)).toBe(line);
    expect(parseSampleLine(line)).toMatchObject({ outcome: 'restart', latencyMs: 0, lateMs: 0 });
    const older = '2026-11-23T09:00:01.000Z,0.00,restart,,,fresh,observe,0.00';
    expect(rephase(older, () => 'fault')).toBe('2026-11-23T09:00:01.000Z,,restart,,,,fault,');
    expect(rephase(older.replace('restart', 'timeout'), () => 'fault')).toContain(',0.00,timeout,');
  });

  test.each(['', sampleHeader, '2026-11-23T09:00:01.000Z,8.25,go', 'x,1,good,200,,fresh,observe'])(
    'is none: %j',
    (line) => expect(parseSampleLine(line)).toBeUndefined(),
  );
});

describe('the samples of a run', () => {
  test('are a gzipped CSV that anything reads, in the order in which they were judged', async () => {
    const files = createFiles();
    const writer = files.open(runId);
    for (const sample of count(0, 2_500)) writer.write(sample);
    await writer.close();
    expect(await readAll(files, runId)).toEqual(count(0, 2_500));
    const text = gunzipSync(await readFile(pathOf(1))).toString();
    expect(text.split('\n').slice(0, 2)).toEqual([sampleHeader, toSampleLine(sampleAt(0))]);
    expect(said).toEqual([
      { runId, kept: 2_500, dropped: 0, message: 'The samples of a run are kept.' },
    ]);
    expect((await stat(pathOf(1))).mode & 0o077).toBe(0);
  });

  test('go on in another file after a restart, and are one CSV', async () => {
    for (const part of [0, 1, 2]) {
      const writer = createFiles().open(runId);
      for (const sample of count(part * 10, part * 10 + 10)) writer.write(sample);
      await writer.close();
    }
    expect(await readdir(join(folder, runId))).toHaveLength(3);
    expect(await readAll(createFiles(), runId)).toEqual(count(0, 30));
    let csv = '';
    for await (const text of createFiles().readCsv(runId, () => 'fault')) csv += text;
    const lines = count(0, 30).map((each) => toSampleLine(each).replace(',observe,', ',fault,'));
    expect(csv).toBe([sampleHeader, ...lines, ''].join('\n'));
  });

  test('are none where nothing is kept', async () => {
    expect(await readAll(createFiles(), runId)).toEqual([]);
    const writer = createFiles().open(runId);
    await writer.close();
    expect([await readdir(folder), said]).toEqual([[], []]);
  });

  test('are read up to where a file was cut off, wherever that is, and the next file after it', async () => {
    const files = createFiles();
    for (const part of [0, 1]) {
      const writer = new SampleFileWriter(new SampleFolder(folder, toSampleCaps(1e9)), {
        runId,
        log: silent,
      });
      for (const second of [0, 1, 2]) {
        const from = part * 30 + second * 10;
        for (const sample of count(from, from + 10)) writer.write(sample);
        await writer.flush();
      }
      await writer.close();
    }
    const whole = await readFile(pathOf(1));
    const second = count(30, 60);
    for (let bytes = whole.length; bytes >= 0; bytes -= 1) {
      await truncate(pathOf(1), bytes);
      const read = await readAll(files, runId);
      const first = read.slice(0, -second.length);
      expect([bytes, read]).toEqual([bytes, [...count(0, first.length), ...second]]);
      if (bytes === whole.length - 1) expect(first.length).toBeGreaterThanOrEqual(29);
    }
    // A disk that gave back something else.
    await writeFile(pathOf(1), Buffer.concat([whole.subarray(0, 300), Buffer.alloc(200, 7)]));
    expect((await readAll(files, runId)).slice(-30)).toEqual(second);
  });
});

test('of a large file that was cut off all is read but the last member', async () => {
  const files = createFiles();
  const writer = files.open(runId);
  for (const sample of count(0, 20_000)) writer.write(sample);
  await writer.close();
  await truncate(pathOf(1), (await stat(pathOf(1))).size - 500);
  const read = await readAll(files, runId);
  expect(read.length).toBeGreaterThanOrEqual(19_000);
  expect(read).toEqual(count(0, read.length));
});

/** Starts the process that writes samples; `limit` is of the shell, before it. */
function startWriting(limit = 'true') {
  const script = fileURLToPath(new URL('../../support/write-samples.ts', import.meta.url));
  const command = `${limit}; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, script, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: Said[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Said));
  return { child, lines };
}

const writtenBy = (lines: readonly Said[]) =>
  Number(lines.findLast(({ written }) => written)?.['written'] ?? 0);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('what happens to whoever writes', () => {
  test('killed in the middle, it leaves all but about the last second', async () => {
    const { child, lines } = startWriting();
    await until(() => writtenBy(lines) >= 4_000);
    child.kill('SIGKILL');
    await once(child, 'close');
    const written = writtenBy(lines);
    const read = await readAll(createFiles(), runId);
    const startedAt = Number(lines[0]?.['at']);
    const perSecond = written / ((Number(lines.at(-1)?.['at']) - startedAt) / 1_000);
    expect(read.map(({ dueAt }) => dueAt)).toEqual(
      Array.from(read, (_, index) => sampleAt(Math.floor(index) / 1_000).dueAt),
    );
    // A flush each second, and what a busy machine adds.
    expect(written - read.length).toBeLessThan(2 * perSecond);
    expect(read.length).toBeGreaterThan(1_000);
  });

  test('on a disk that takes no more it goes on, drops, says so once and at the end how many, and what is there can be read', async () => {
    const { child, lines } = startWriting('ulimit -f 24');
    const startsFailing = ({ message }: Said) => /cannot be kept/.test(message);
    await until(() => lines.some(startsFailing));
    const before = writtenBy(lines);
    await until(() => writtenBy(lines) >= before + 2_000);
    child.stdin.end();
    await once(child, 'close');
    expect(lines.filter(startsFailing)).toHaveLength(1);
    const end = lines.find(({ dropped }) => dropped !== undefined);
    expect(Number(end?.['kept']) + Number(end?.['dropped'])).toBe(writtenBy(lines));
    expect(Number(end?.['dropped'])).toBeGreaterThanOrEqual(2_000);
    expect(await readAll(createFiles(), runId)).toHaveLength(Number(end?.['kept']));
    // Half a member was taken back each time: the file ends with a whole one.
    expect(
      gunzipSync(await readFile(pathOf(1)))
        .toString()
        .trimEnd()
        .split('\n').length - 1,
    ).toBe(Number(end?.['kept']));
  });

  test('that takes more again before too much waits, it loses nothing', async () => {
    // It needs prlimit.
    if (process.platform !== 'linux') return;
    const { child, lines } = startWriting('ulimit -S -f 24');
    await until(() => lines.some(({ message }) => /cannot be kept/.test(message)));
    const raise = spawn('prlimit', ['--pid', `${child.pid}`, '--fsize=unlimited']);
    expect(await once(raise, 'exit')).toEqual([0, null]);
    const before = writtenBy(lines);
    await until(() => writtenBy(lines) >= before + 1_500);
    child.stdin.end();
    await once(child, 'close');
    expect(lines.find(({ kept }) => kept !== undefined)).toMatchObject({ dropped: 0 });
    const read = await readAll(createFiles(), runId);
    expect(read).toHaveLength(writtenBy(lines));
    expect(read.at(-1)?.dueAt).toBe(sampleAt((read.length - 1) / 1_000).dueAt);
  });

  test('where the folder is a file it goes on, and drops all', async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, '');
    const writer = createFiles().open(runId);
    for (const sample of count(0, 50)) writer.write(sample);
    await writer.close();
    expect(said.map(({ message, dropped }) => [message, dropped])).toEqual([
      ['Samples of a run cannot be kept; the run goes on without them.', undefined],
      ['Some samples of a run could not be kept.', 50],
    ]);
    expect(await readAll(createFiles(), runId)).toEqual([]);
  });

  test('on a disk that does not answer it keeps a bounded number waiting, and its end does not wait', async () => {
    class Stuck extends SampleFolder {
      override beginFile(): Promise<string> {
        return new Promise(() => undefined);
      }
    }
    const writer = new SampleFileWriter(new Stuck(folder, toSampleCaps(1e9)), { runId, log });
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 1_000_000; index += 1) {
      writer.write(sampleAt(index / 100));
      if (index === 100) void writer.flush();
    }
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32e6);
    const startedAt = performance.now();
    await writer.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(said.at(-1)).toMatchObject({ kept: 0, dropped: 1_000_000 });
  });
});

/** The files of all runs, and their bytes. */
async function measure(): Promise<{ runs: string[]; files: string[]; bytes: number }> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => name.endsWith('.gz')).toSorted();
  const sizes = await Promise.all(files.map((name) => stat(join(folder, name))));
  return {
    runs: [...new Set(files.map((name) => name.slice(0, 8)))],
    files,
    bytes: sizes.reduce((sum, { size }) => sum + size, 0),
  };
}

describe('what samples take of the disk', () => {
  const maxBytes = 200_000;
  const { runBytes, fileBytes } = toSampleCaps(maxBytes);
  const random = createRandom(7);

  /** So many seconds of a run at 100/s, faster than life; says after each how much there is. */
  async function play(
    id: RunId,
    seconds: number,
    { into = new SampleFolder(folder, toSampleCaps(maxBytes)), from = 0 } = {},
  ): Promise<number> {
    const writer = new SampleFileWriter(into, { runId: id, log });
    let most = 0;
    for (let second = from; second < from + seconds; second += 1) {
      for (let index = 0; index < 100; index += 1) {
        const pod = `diabetes-7c9f6d-${Math.floor(random() * 3)}xkqz`;
        const latencyMs = 5 + Math.exp(3 * random());
        writer.write(sampleAt(second + index / 100, { pod, latencyMs, kept: random() < 0.1 }));
      }
      await writer.flush();
      most = Math.max(most, (await measure()).bytes);
    }
    await writer.close();
    return most;
  }

  test('is bounded for a run: its oldest file goes first, and the newest stay', async () => {
    const most = await play(runId, 120);
    expect(most).toBeLessThanOrEqual(runBytes);
    expect(most).toBeGreaterThan(runBytes - 2 * fileBytes);
    const { files } = await measure();
    expect(files[0]).not.toContain('000001');
    const read = await readAll(createFiles(), runId);
    expect(read.at(-1)?.dueAt).toBe(sampleAt(119.99).dueAt);
    expect(read.length).toBeGreaterThan(3_000);
    const gaps = read.slice(1).map(({ dueAt }, index) => dueAt - (read[index]?.dueAt ?? 0));
    expect(Math.max(...gaps)).toBe(10);
  });

  test('is bounded for all: the oldest runs go first, and never one that goes on', async () => {
    const into = new SampleFolder(folder, toSampleCaps(maxBytes));
    const ids = ['r-000001', 'r-000002', 'r-000003', 'r-000004', 'r-000005', 'r-000006'] as RunId[];
    const foreign = join(folder, 'notes', '000001.csv.gz');
    await mkdir(join(folder, 'notes'));
    await writeFile(foreign, 'mine');
    const longest = new SampleFileWriter(into, { runId, log });
    longest.write(sampleAt(0));
    await longest.flush();
    const most: number[] = [];
    for (const id of ids) most.push(await play(id, 80, { into }));
    expect(Math.max(...most)).toBeLessThanOrEqual(maxBytes);
    const { runs } = await measure();
    expect(runs).toContain(runId);
    expect(runs).toContain('r-000006');
    expect(runs).not.toContain('r-000001');
    expect(runs).not.toContain('r-000002');
    expect(await readFile(foreign, 'utf8')).toBe('mine');
    longest.write(sampleAt(1));
    await longest.close();
    expect(await readAll(createFiles(), runId)).toEqual([sampleAt(0), sampleAt(1)]);
  });

  test('is bounded where more runs go on at once than have room for their share, and each keeps its newest', async () => {
    const into = new SampleFolder(folder, toSampleCaps(maxBytes));
    const ids = ['r-000001', 'r-000002', 'r-000003', 'r-000004', 'r-000005', 'r-000006'] as RunId[];
    const writers = ids.map((id) => new SampleFileWriter(into, { runId: id, log }));
    let most = 0;
    for (let second = 0; second < 80; second += 1) {
      for (const writer of writers)
        for (let index = 0; index < 100; index += 1)
          writer.write(sampleAt(second + index / 100, { latencyMs: 5 + Math.exp(3 * random()) }));
      await Promise.all(writers.map((writer) => writer.flush()));
      most = Math.max(most, (await measure()).bytes);
    }
    await Promise.all(writers.map((writer) => writer.close()));
    expect(most).toBeLessThanOrEqual(maxBytes);
    const lengths: number[] = [];
    for (const id of ids) {
      const read = await readAll(createFiles(), id);
      lengths.push(read.length);
      expect(read.at(-1)?.dueAt).toBe(sampleAt(79.99).dueAt);
    }
    expect(Math.min(...lengths)).toBeGreaterThan(2_500);
    expect(said.every(({ dropped }) => dropped === 0)).toBe(true);
  });

  test('is little enough for half a day at 100/s by default, and the memory does not grow with it', async () => {
    const into = new SampleFolder(folder, toSampleCaps(256_000_000));
    const minutes = 10;
    await play(runId, 60, { into });
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    await play(runId, minutes * 60, { into, from: 60 });
    collectGarbage();
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(32e6);
    const { bytes } = await measure();
    const halfDay = (bytes / (minutes + 1)) * 60 * 12;
    expect(halfDay).toBeLessThan(into.caps.runBytes);
    expect(await readAll(createFiles(), runId)).toHaveLength((minutes + 1) * 6_000);
  });
});
