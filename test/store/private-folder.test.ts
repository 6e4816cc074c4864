import { chmod, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readOrCreateKey } from '../../src/report-links.ts';
import { openDatabase } from '../../src/store/database.ts';
import { ensurePrivateFolder, takeRightsFromOthers } from '../../src/store/private-folder.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'private-'));
  folder = join(parent, 'data');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

/** Everything in the folder that group or others may do something with. */
async function listOpen(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  const open = await Promise.all(
    entries.map(async (name) => {
      const { mode } = await lstat(join(folder, name));
      return (mode & 0o077) === 0 ? [] : [name];
    }),
  );
  return open.flat();
}

test('the data folder is made for its user alone', async () => {
  await ensurePrivateFolder(folder);
  expect(await modeOf(folder)).toBe('700');
});

test('a data folder that others may use is closed to them, with all that is in it', async () => {
  await mkdir(join(folder, 'samples'), { recursive: true });
  await writeFile(join(folder, 'samples', 'one'), 'x', { mode: 0o666 });
  await chmod(folder, 0o777);
  await ensurePrivateFolder(folder);
  expect(await modeOf(folder)).toBe('700');
  expect(await listOpen()).toEqual([]);
});

test('the embedded database, its lock and the key of links are closed to others', async () => {
  const before = process.umask(0);
  try {
    const database = await openDatabase({ dataDir: folder });
    readOrCreateKey(folder);
    expect(await modeOf(folder)).toBe('700');
    expect(await modeOf(join(folder, 'pg'))).toBe('700');
    expect(await listOpen()).toEqual([]);
    await database.close();
    expect(await listOpen()).toEqual([]);
  } finally {
    process.umask(before);
  }
});

test('a data folder that somebody removes does not keep the database from being closed', async () => {
  const database = await openDatabase({ dataDir: folder });
  await rm(join(folder, 'pg'), { recursive: true, force: true });
  await database.close();
  expect(await readdir(folder)).not.toContain('lock-holder');
});

test('what vanishes while rights are taken is passed over', async () => {
  await mkdir(join(folder, 'gone'), { recursive: true });
  await writeFile(join(folder, 'stays'), 'x', { mode: 0o666 });
  const taking = takeRightsFromOthers(folder);
  await rm(join(folder, 'gone'), { recursive: true });
  await taking;
  await takeRightsFromOthers(join(folder, 'gone'));
  await takeRightsFromOthers(join(folder, 'stays'));
  expect(await listOpen()).toEqual([]);
});

const whereRoot = process.getuid?.() === 0 ? describe : describe.skip;
/** Somebody else's folder, which they let everybody use and nobody but them change. */
whereRoot('as another user', () => {
  test('a data folder that cannot be closed is refused, with what to do', async () => {
    await chmod(parent, 0o755);
    await mkdir(folder);
    await chmod(folder, 0o777);
    const module = fileURLToPath(new URL('../../src/store/private-folder.ts', import.meta.url));
    const code = `
    process.setegid(65534); process.seteuid(65534);
    const { ensurePrivateFolder } = await import(${JSON.stringify(module)});
    await ensurePrivateFolder(${JSON.stringify(folder)}).then(
      () => console.log('taken'),
      (error) => console.log(error.code, error.message, error.suggestion),
    );`;
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', code]).toString();
    expect(said).toMatch(
      /^config-invalid DATA_DIR .* can be used by other users \(mode 777\).*can't be changed.*mount the volume with dir_mode=0700/,
    );
  });
});
