import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RunId } from '../src/domain/ids.ts';
import { openStore } from '../src/store/open-store.ts';
import { embeddedDatabase } from './support/databases.ts';
import { approver, sampleCourse, sampleProposed, sha256, startOfTime } from './support/proposal.ts';

const database = embeddedDatabase();
const root = fileURLToPath(new URL('..', import.meta.url));
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const id = 'r-000001' as RunId;
let dataDir: string;

beforeAll(async () => {
  ({ dataDir } = await database.start());
  const clock = { now: () => startOfTime, sleep: () => Promise.resolve() };
  const store = await openStore({ dataDir, clock, sha256, log });
  await store.runs.create(id, sampleProposed());
  for (const event of sampleCourse())
    await store.runs.transact(id, () => ({ events: [event], outcome: undefined }));
  await store.close();
});
afterAll(() => database.stop());

type Ran = { code: number; out: string; problem: string };
const audit = (...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], DATA_DIR: dataDir };
    execFile(
      process.execPath,
      ['src/audit.ts', ...args],
      { cwd: root, env },
      (error, out, problem) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, problem }),
    );
  });

describe('npm run audit', () => {
  test('verifies the journal', async () => {
    const { code, out } = await audit('verify');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      runs: 1,
      entries: sampleCourse().length + 1,
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('exports it as JSON Lines, one entry on each', async () => {
    const { out } = await audit('export');
    const entries = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { sequence: number });
    expect(entries.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: sampleCourse().length + 1 }, (_, index) => index + 1),
    );
  });

  test('exports a run as a journal of the Chaos Toolkit', async () => {
    const { out } = await audit('export', '--format', 'chaostoolkit', id);
    expect(JSON.parse(out)).toMatchObject({
      experiment: { title: 'One pod fails', method: [{ type: 'action', name: 'pod-failure' }] },
      deviated: false,
      steady_states: { before: { steady_state_met: true }, after: { steady_state_met: true } },
      run: [{ activity: { name: 'pod-failure' }, status: 'succeeded' }],
      rollbacks: [],
    });
  });

  test('exports no names in what is chained, and erases them from the rest', async () => {
    expect((await audit('export')).out).not.toContain(approver.name);
    expect((await audit('export', '--format', 'chaostoolkit')).out).toContain(approver.name);
    const { code, out } = await audit('erase', approver.id.toUpperCase());
    expect([code, JSON.parse(out)]).toEqual([0, { erased: 1, person: approver.id }]);
    expect((await audit('export', '--format', 'chaostoolkit')).out).not.toContain(approver.name);
    expect((await audit('verify')).code).toBe(0);
    expect(JSON.parse((await audit('erase', approver.id)).out)).toMatchObject({ erased: 0 });
  });

  test.each([
    [[], /^Usage/],
    [['erase'], /"" is not the object id of a person/],
    [['erase', 'Alex Approver'], /"Alex Approver" is not the object id of a person/],
    [['rewrite'], /^Usage/],
    [['export', '--format', 'pdf'], /^Usage/],
    [['export', 'x'], /"x" is not a run/],
    [['export', 'r-zzzzzz'], /There is no run r-zzzzzz/],
  ])('answers %j with what is wrong', async (args, problem) => {
    const ran = await audit(...args);
    expect([ran.code, ran.problem]).toEqual([2, expect.stringMatching(problem)]);
  });
});
