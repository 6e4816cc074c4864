import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { removableGuards, type RemovableGuard } from './support/removable-guards.ts';

/** `npm run removed-guards -- [DAYS] [PART OF A NAME]`: takes each guard out of a copy of the product, and says which simulated day notices. Fails where none does. */
const here = fileURLToPath(new URL('..', import.meta.url));
const [most = '3000', part = ''] = process.argv.slice(2);
let unnoticed = 0;
for (const guard of removableGuards.filter(({ name }) => name.includes(part))) {
  const found = await findNoticing(guard);
  if (found === undefined) unnoticed += 1;
  process.stdout.write(`${guard.name}: ${found ?? `not noticed in ${most} days`}\n`);
}
process.exitCode = unnoticed > 0 ? 1 : 0;

async function findNoticing({ name, removal }: RemovableGuard): Promise<string | undefined> {
  await mkdir(join(here, 'build'), { recursive: true });
  const folder = await mkdtemp(join(here, 'build', 'removed-guard-'));
  try {
    for (const part of ['src', 'test/support', 'test/simulate.ts', 'package.json'])
      await cp(join(here, part), join(folder, part), { recursive: true });
    await symlink(join(here, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, from, to } of removal) {
      const text = await readFile(join(folder, file), 'utf8');
      if (!text.includes(from)) throw new Error(`${name}: ${file} has no ${from}`);
      await writeFile(
        join(folder, file),
        text.replace(from, () => to),
      );
    }
    const output = await run(folder);
    if (!/ days? .* broke a promise|^seed /m.test(output))
      throw new Error(`${name}: no day was played`);
    return /^seed .*/m.exec(output)?.[0];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(folder: string): Promise<string> {
  const args = ['test/simulate.ts', `--seeds=${most}`, '--until-broken'];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', () => resolve(output)));
}
