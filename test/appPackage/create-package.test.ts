import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import { PNG } from 'pngjs';
import { findPackageProblems, type Package } from '../../appPackage/check-package.ts';
import { fillManifest, type Manifest } from '../../appPackage/fill-manifest.ts';
import { parseCommand } from '../../src/domain/parse-command.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const variables = {
  TEAMS_APP_ID: 'c9b5b3a0-6a3c-4f0a-8a6e-0a6b6a8f1b11',
  BOT_ID: '0b6f7e1c-2f5d-4d0e-9b39-6f5f0a1c2d3e',
  PUBLIC_URL: 'https://chaos.example.com',
  DEVELOPER_NAME: 'Example "Ltd"',
  PRIVACY_URL: 'https://example.com/privacy',
  TERMS_URL: 'https://example.com/terms',
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function createPackage(env: Record<string, string>) {
  const path = join(folder, 'app.zip');
  await promisify(execFile)(process.execPath, ['appPackage/create-package.ts', path], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  return unzipSync(await readFile(path));
}

const readIcon = (name: string) => readFile(join(root, 'appPackage', name));

async function toPackage(change: Partial<Package> = {}): Promise<Package> {
  const template = await readFile(join(root, 'appPackage/manifest.json'), 'utf8');
  const all = { ...variables, APP_VERSION: '1.2.3', BOT_DOMAIN: 'chaos.example.com' };
  return {
    manifest: fillManifest(template, all, { slash: true }),
    color: await readIcon('color.png'),
    outline: await readIcon('outline.png'),
    ...change,
  };
}

describe('npm run package', () => {
  test('makes a zip that holds what Teams wants, at its root', async () => {
    const files = await createPackage(variables);
    expect(Object.keys(files).toSorted()).toEqual(['color.png', 'manifest.json', 'outline.png']);
    const manifest = JSON.parse(strFromU8(files['manifest.json'] ?? new Uint8Array())) as Manifest;
    expect(manifest).toMatchObject({
      manifestVersion: '1.30',
      id: variables.TEAMS_APP_ID,
      developer: { name: 'Example "Ltd"' },
      validDomains: ['chaos.example.com'],
      bots: [{ botId: variables.BOT_ID, supportsTargetedMessages: true }],
    });
  });

  test('leaves slash commands out for tenants that do not know them', async () => {
    const files = await createPackage({ ...variables, TEAMS_SLASH: 'off' });
    const text = strFromU8(files['manifest.json'] ?? new Uint8Array());
    expect(text).toContain('"manifestVersion": "1.28"');
    expect(text).not.toMatch(/slash|supportsTargetedMessages|triggers/);
  });

  test('names everything that is missing at once', async () => {
    await expect(createPackage({ BOT_ID: variables.BOT_ID })).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /^Set TEAMS_APP_ID, DEVELOPER_NAME, PUBLIC_URL, PRIVACY_URL, TERMS_URL: in \.env/,
      ),
    });
  });

  test('names everything that is wrong, beside what is missing', async () => {
    const wrong = {
      ...variables,
      BOT_ID: 'my-bot',
      TEAMS_APP_ID: 'chaos',
      PUBLIC_URL: 'chaos.example.com',
      TERMS_URL: 'http://example.com/terms',
      PRIVACY_URL: '',
    };
    await expect(createPackage(wrong)).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /BOT_ID: "my-bot" is not the bot's app id[^]*PUBLIC_URL: .*does not begin with http[^]*TEAMS_APP_ID: is not a GUID[^]*TERMS_URL: begins with http:\/\/, not with https[^]*Set PRIVACY_URL: in/,
      ),
    });
  });
});

describe('the package', () => {
  test('has no problem', async () => {
    expect(await findPackageProblems(await toPackage())).toEqual([]);
  });

  test('offers commands that the bot understands', async () => {
    const { manifest } = await toPackage();
    const lists = manifest.bots[0]?.commandLists as { commands: { title: string }[] }[];
    for (const { title } of lists.flatMap(({ commands }) => commands)) {
      expect(parseCommand(title === 'run' ? 'run pod-failure' : title)).toMatchObject({
        kind: title,
      });
    }
  });

  const white = { red: 255, green: 255, blue: 255, alpha: 255 };
  const toPng = (size: number, { red, green, blue, alpha } = white) => {
    const png = new PNG({ width: size, height: size });
    for (let at = 0; at < png.data.length; at += 4) png.data.set([red, green, blue, alpha], at);
    return PNG.sync.write(png);
  };

  test.each([
    ['an icon of another size', { color: toPng(96) }, /color\.png: it is 96x96, and must be 192/],
    ['an icon that is none', { color: Buffer.from('<svg/>') }, /color\.png: this is not a PNG/],
    ['an outline that is filled', { outline: toPng(32) }, /outline\.png: it must be white on a tr/],
    [
      'an outline in colour',
      { outline: toPng(32, { ...white, green: 0 }) },
      /outline\.png: it must be white/,
    ],
  ])('with %s is refused', async (_what, change, problem) => {
    const problems = await findPackageProblems(await toPackage(change));
    expect(problems.join('\n')).toMatch(problem);
  });

  test.each([
    ['a version with words', { version: '1.0-beta' }, /version 1\.0-beta is not three numbers/],
    ['a placeholder left', { accentColor: '${{COLOR}}' }, /a placeholder is left/],
    ['a field that is unknown', { botz: [] }, /botz|additional properties/i],
    ['an id that is no GUID', { id: 'chaos' }, /\/id/],
  ])('with %s is refused', async (_what, change, problem) => {
    const parts = await toPackage();
    const manifest = { ...parts.manifest, ...change };
    expect((await findPackageProblems({ ...parts, manifest })).join('\n')).toMatch(problem);
  });
});
