import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const planted: string[] = [];

afterEach(async () => {
  await Promise.all(planted.splice(0).map((path) => rm(path, { force: true })));
});

/** Plants a file with one import in src/ and says what the linter, configured as for everybody, finds there. */
async function lintPlanted(folder: string, code: string): Promise<string> {
  const path = join('src', folder, `planted-${process.pid}-${planted.length}.ts`);
  await mkdir(dirname(path), { recursive: true });
  planted.push(path);
  await writeFile(path, code);
  return run(process.execPath, ['node_modules/oxlint/bin/oxlint', path]).then(
    ({ stdout }) => stdout,
    (failure: { stdout: string }) => failure.stdout,
  );
}

const violations: readonly [why: string, folder: string, code: string][] = [
  ['domain imports a package', 'domain', "import 'zod';"],
  ['domain imports node', 'domain', "import 'node:fs';"],
  ['domain imports another folder', 'domain', "import '../runs/ports/log.ts';"],
  ['domain has a clock of its own', 'domain', 'export const now = Date.now();'],
  ['domain has a timer of its own', 'domain', 'setTimeout(() => undefined, 1);'],
  ['domain imports evidence', 'domain', "import '../evidence/judge-run.ts';"],
  ['statistics imports the domain', 'evidence/statistics', "import '../../domain/run.ts';"],
  ['statistics imports a package', 'evidence/statistics', "import 'zod';"],
  ['statistics imports node', 'evidence/statistics', "import 'node:fs';"],
  ['statistics has a clock', 'evidence/statistics', 'export const now = Date.now();'],
  ['evidence imports the use cases', 'evidence', "import '../runs/stop/stop-run.ts';"],
  ['the mathematics outside statistics', 'store', "import 'cephes';"],
  ['runs imports an adapter', 'runs', "import '../store/open-store.ts';"],
  ['a phase imports an adapter', 'runs/phases', "import '../../azure/gateway.ts';"],
  ['runs imports a package', 'runs', "import 'kysely';"],
  ['runs imports the wiring', 'runs', "import '../config.ts';"],
  ['cards imports the use cases', 'cards', "import '../runs/ports/log.ts';"],
  ['cards imports node', 'cards', "import 'node:fs';"],
  ['reports imports the store', 'reports', "import '../store/open-store.ts';"],
  ['reports read files', 'reports', "import 'node:fs';"],
  ['echarts outside reports', 'teams', "import 'echarts';"],
  ['an adapter imports another adapter', 'azure', "import '../store/open-store.ts';"],
  ['an adapter imports a use case', 'store', "import '../runs/stop/stop-run.ts';"],
  ['an adapter imports a phase', 'store', "import '../runs/phases/inject.ts';"],
  ['the clock imports another folder', 'time', "import '../domain/run.ts';"],
  ['an adapter imports cards', 'kubernetes', "import '../cards/run-card.ts';"],
  ['an adapter knows the SDK of another', 'predictions', "import '@azure/identity';"],
  ['teams imports the store', 'teams', "import '../store/open-store.ts';"],
  ['teams knows Azure', 'teams', "import '@azure/arm-chaos';"],
  ['botbuilder outside teams', 'store', "import 'botbuilder';"],
  ['kubernetes client outside its folder', 'azure', "import '@kubernetes/client-node';"],
  ['the wiring knows an SDK', '.', "import 'pg-boss';"],
  ['the command line knows an SDK', 'cli', "import '@azure/identity';"],
  ['teams knows the command line', 'teams', "import '../cli/check-live.ts';"],
  ['the product knows the lab', '.', "import '../lab/main.ts';"],
  ['an adapter knows the lab', 'azure', "import '../../lab/main.ts';"],
];

describe('the linter keeps the layers apart', () => {
  test.each(violations)('%s', async (_why, folder, code) => {
    expect(await lintPlanted(folder, code)).toMatch(/no-restricted-(imports|globals)/);
  });

  test('a default export and a cycle are caught', async () => {
    expect(await lintPlanted('domain', 'export default 1;')).toContain('no-default-export');
    const next = `planted-${process.pid}-${planted.length + 1}.ts`;
    const first = `planted-${process.pid}-${planted.length}.ts`;
    await lintPlanted('domain', `import { b } from './${next}';\nexport const a = b;`);
    expect(
      await lintPlanted('domain', `import { a } from './${first}';\nexport const b = a;`),
    ).toContain('no-cycle');
  });

  test('what the layers allow is not complained of', async () => {
    expect(
      await lintPlanted('runs/phases', "import '../../domain/run.ts';\nimport '../ports/log.ts';"),
    ).not.toContain('no-restricted');
    expect(
      await lintPlanted('domain', "import '../evidence/statistics/interval.ts';"),
    ).not.toContain('no-restricted');
    expect(
      await lintPlanted('evidence/statistics', "import 'cephes';\nimport './interval.ts';"),
    ).not.toContain('no-restricted');
    expect(
      await lintPlanted('store', "import 'kysely';\nimport '../runs/ports/log.ts';"),
    ).not.toContain('no-restricted');
    expect(
      await lintPlanted('teams', "import 'botbuilder';\nimport '../runs/ports/log.ts';"),
    ).not.toContain('no-restricted');
  });
});
