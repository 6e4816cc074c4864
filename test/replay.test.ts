import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunEvent } from '../src/domain/run-event.ts';
import type { RunId } from '../src/domain/ids.ts';
import { openStore } from '../src/store/open-store.ts';
import { embeddedDatabase } from './support/databases.ts';
import { sha256 } from './support/proposal.ts';
import { foldRun } from '../src/domain/run.ts';
import { createSampleFiles } from '../src/predictions/samples/sample-files.ts';
import { toSamples } from './support/samples.ts';
import { reportJournals } from './support/report-gallery.ts';

const database = embeddedDatabase();
const root = fileURLToPath(new URL('..', import.meta.url));
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const [first, ...rest] = reportJournals.deviated;
const runId = first?.runId;
const blindId = 'r-b11nd0' as RunId;
let dataDir: string;

beforeAll(async () => {
  ({ dataDir } = await database.start());
  let now = first?.at ?? 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  const store = await openStore({ dataDir, clock, sha256, log });
  if (!runId) throw new Error('no sample');
  const proposed = first.event as Extract<RunEvent, { type: 'proposed' }>;
  const write = async (id: RunId, course: readonly { at: number; event: RunEvent }[]) => {
    for (const { at, event } of course) {
      now = at;
      await store.runs.transact(id, () => ({ events: [event], outcome: undefined }));
    }
  };
  await store.runs.create(runId, proposed);
  await write(runId, rest);
  const guards = [{ kind: 'lost-sight', afterMs: 15_000 }] as const;
  now = first.at;
  await store.runs.create(blindId, { ...proposed, proposal: { ...proposed.proposal, guards } });
  const endsAt = rest.findIndex(({ event }) => event.type === 'observed');
  const at = rest[endsAt]?.at ?? 0;
  const trip = { guard: guards[0], reason: 'nothing was observed of the pods for 15s', at };
  await write(blindId, [
    ...rest.slice(0, endsAt),
    { at, event: { type: 'guard-tripped', trip } },
    ...rest.slice(endsAt),
  ]);
  await store.close();
});
afterAll(() => database.stop());

type Ran = { code: number; out: string; problem: string };
const replay = (args: readonly string[], env: object = {}): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      ['src/replay.ts', ...args],
      { cwd: root, env: { PATH: process.env['PATH'], DATA_DIR: dataDir, ...env } },
      (error, out, problem) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, problem }),
    );
  });

describe('npm run replay', () => {
  test('says of a guard against lost sight that it can not be played, and when it tripped', async () => {
    const { code, out } = await replay(['--speed', '1000000', blindId]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /Its guard, abort when nothing is observed for 15s: can not be played by predictions alone; it tripped at [\d:]+: nothing was observed of the pods for 15s\./,
    );
  });

  test('plays a run to its own guards and those of chaos.yaml, judges it again, and writes its report', async () => {
    const yaml = await readFile(join(root, 'chaos.yaml'), 'utf8');
    const stricter = yaml.replace('below: 50%, over: 10s', 'below: 70%, over: 5s');
    expect(stricter).not.toBe(yaml);
    const config = join(dataDir, 'chaos.yaml');
    await writeFile(config, stricter);
    const page = join(dataDir, 'report.html');
    const env = {
      CHAOS_CONFIG: config,
      SCORING_URI: 'http://127.0.0.1:1/score',
      SCORING_KEY: 'k',
      AZURE_SUBSCRIPTION_ID: '00000000-0000-4000-8000-000000000000',
      AZURE_RESOURCE_GROUP: 'chaos',
    };
    const startedAt = Date.now();
    const { code, out } = await replay(['--speed', '1000000', '--out', page, runId ?? ''], env);
    expect([code, Date.now() - startedAt < 60_000]).toEqual([0, true]);
    expect(out).toMatch(/09:01:36\s+\+36\s+s {2}35 of \d+ predictions lost in about \ds/);
    expect(out).toContain('Its guard, abort when availability < 50% over 10s: does not trip.');
    expect(out).toMatch(
      /In chaos\.yaml now, abort when availability < 70% over 5s: trips at 09:01:04/,
    );
    expect(out).toContain('shown whole seconds: none of its single predictions are kept');
    expect(out).toContain('Recorded: Deviated.');
    expect(out).toContain('Judged again: deviated.');
    expect(await readFile(page, 'utf8')).toContain('<svg class="wide"');
  });

  test('plays only its own guards where there is no chaos.yaml, and says so', async () => {
    const { code, out } = await replay(['--speed', '1000000', runId ?? ''], {
      CHAOS_CONFIG: 'none',
    });
    expect(code).toBe(0);
    expect(out).toContain("Only the run's own guards are played: none cannot be read.");
  });

  test('plays its single predictions where they are kept, and says which of both it played', async () => {
    const folder = join(dataDir, 'samples');
    const samples = createSampleFiles({ folder, maxBytes: 1_000_000_000, log });
    const all = toSamples(foldRun(reportJournals.deviated));
    const keep = async (some: typeof all) => {
      if (!runId) return;
      await rm(folder, { recursive: true, force: true });
      const writer = samples.open(runId);
      for (const sample of some) writer.write(sample);
      // Closing waits for a slow disk for two seconds only.
      await writer.flush();
      await writer.close();
    };
    const args = ['--speed', '1000000', runId ?? ''];
    await keep(all);
    const { code, out } = await replay(args, { CHAOS_CONFIG: 'none' });
    expect([code, out]).toEqual([0, expect.stringMatching(/shown 6\d\d single predictions/)]);
    expect(out).toMatch(/09:01:36\s+\+36\s+s {2}35 of \d+ predictions lost in about \ds/);
    await keep(all.slice(0, 400));
    const partly = await replay(args, { CHAOS_CONFIG: 'none' });
    expect(partly.out).toMatch(/shown whole seconds: only \d+ of its 690 single predictions/);
    await rm(folder, { recursive: true });
  });

  test('writes the states of its cards in order, into a folder that is empty', async () => {
    const folder = join(dataDir, 'cards');
    const args = ['--speed', '1000000', '--cards', folder, runId ?? ''];
    const { code, out } = await replay(args, { CHAOS_CONFIG: 'none' });
    const names = (await readdir(folder)).toSorted();
    expect([code, out]).toEqual([
      0,
      expect.stringContaining(`The ${names.length} states of its cards are in ${folder}.`),
    ]);
    expect(names[0]).toBe('0001-proposed.json');
    expect(names.at(-1)).toMatch(/^\d{4}-summary\.json$/);
    expect(names.filter((name) => name.endsWith('-progress.json')).length).toBeGreaterThan(20);
    for (const name of names)
      expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({
        type: 'AdaptiveCard',
      });
    const again = await replay(args, { CHAOS_CONFIG: 'none' });
    expect([again.code, again.problem]).toEqual([
      2,
      expect.stringContaining('has something in it'),
    ]);
    const file = join(dataDir, 'report-link.key');
    await mkdir(dataDir, { recursive: true });
    await writeFile(file, 'x');
    const wrong = await replay(['--cards', file, runId ?? ''], { CHAOS_CONFIG: 'none' });
    expect(wrong.code).toBe(2);
  });

  test.each([[[]], [['r-000000']], [['--speed', '0', 'r-7k2mq4']], [['--loud', 'r-7k2mq4']]])(
    'says what is wrong with %j',
    async (args) => {
      const { code, problem } = await replay(args);
      expect(code).toBe(2);
      expect(problem).toMatch(/Usage|There is no run/);
    },
  );
});
