import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { zipSync } from 'fflate';
import { findPackageProblems } from './check-package.ts';
import { fillManifest, findMissing, type Variables } from './fill-manifest.ts';
import { findVariableProblems } from './check-variables.ts';

/** Makes the zip that is uploaded to Teams: `npm run package -- [PATH]`. */
const path = resolve(process.argv[2] ?? 'build/chaos-marshal.zip');
const read = (name: string) => readFile(new URL(name, import.meta.url));

async function createPackage(): Promise<void> {
  const template = String(await read('manifest.json'));
  const variables = await readVariables();
  const wrong = [...findVariableProblems(variables), ...findMissing(template, variables)];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
  const slash = process.env['TEAMS_SLASH'] !== 'off';
  const manifest = fillManifest(template, variables, { slash });
  const [color, outline] = await Promise.all([read('color.png'), read('outline.png')]);
  const problems = await findPackageProblems({ manifest, color, outline });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const zip = zipSync({
    'manifest.json': Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`),
    'color.png': color,
    'outline.png': outline,
  });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, zip);
  process.stdout.write(`${path}\nUpload it in Teams: Apps, Manage your apps, Upload an app.\n`);
}

async function readVariables(): Promise<Variables> {
  const { version } = JSON.parse(String(await read('../package.json'))) as { version: string };
  const publicUrl = process.env['PUBLIC_URL'];
  const domain =
    publicUrl !== undefined && URL.canParse(publicUrl) ? new URL(publicUrl).host : undefined;
  return { ...process.env, APP_VERSION: version, BOT_DOMAIN: domain };
}

await createPackage().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
