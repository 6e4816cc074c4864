import { createAzureCredential } from '../azure/credential.ts';
import { clock, createAdapters, type Adapters } from '../create-adapters.ts';
import type { Config } from '../config.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { parseDuration } from '../domain/duration.ts';
import { createLogger } from '../logger.ts';
import {
  checkDependency,
  listDependencies,
  type Dependency,
  type DependencyCheck,
} from '../runs/check-health.ts';
import { listAzureDependencies } from './azure-dependencies.ts';
import { listLocalDependencies } from './local-dependencies.ts';
import { createRedactor } from './redact.ts';
import { listSideDependencies } from './side-dependencies.ts';

const defaultLimitMs = 10_000;
const withinFlag = '--within=';

/** How long each dependency may take: `--within=30s`, or 10 s. Throws `config-invalid` for what is no duration. */
export function readLiveLimit(words: readonly string[]): number {
  const given = words.find((word) => word.startsWith(withinFlag))?.slice(withinFlag.length);
  if (given === undefined) return defaultLimitMs;
  const limitMs = parseDuration(given);
  if (limitMs && limitMs > 0) return limitMs;
  throw new ChaosError('config-invalid', `"${given}" is not a duration.`, {
    suggestion: 'Write it with its unit, for example --within=30s.',
  });
}

/**
 * `npm start -- --check --live`: asks every real dependency of a configured installation once, all at the same time, and prints a line for
 * each: whether it works, or what is wrong and what repairs it. Nothing is changed anywhere. Resolves to whether everything works.
 */
export async function checkLive(
  config: Config,
  print: (line: string) => void,
  limitMs: number,
): Promise<boolean> {
  // Single predictions are not kept, and what fails is printed below.
  const adapters = createAdapters({ ...config, samplesMaxBytes: 0 }, createLogger('silent'));
  const credential = createAzureCredential();
  const dependencies = [
    ...listLocalDependencies(config),
    ...listAzureDependencies(config, adapters, credential),
    ...listOfHealth(config, adapters),
    ...listSideDependencies(config, adapters, credential),
  ];
  const redact = createRedactor(config);
  print(`Asking ${dependencies.length} dependencies, for ${limitMs / 1_000} s at most.\n`);
  const checks = await Promise.all(
    dependencies.map((dependency) => checkDependency(dependency, limitMs, clock)),
  );
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const check of checks) toLines(check, width).forEach((line) => print(redact(line)));
  const broken = checks.filter(({ ok }) => !ok).length;
  print(
    broken === 0
      ? `\nAll ${checks.length} work.`
      : `\n${broken} of ${checks.length} do not work. Repair them, then check again.`,
  );
  return broken === 0;
}

/** What `health` asks in Teams, but for the database, which is asked above. */
function listOfHealth(config: Config, adapters: Adapters): readonly Dependency[] {
  const { resourceGroup } = config.azure;
  return listDependencies({ ...config, ...adapters, checkStore: () => Promise.resolve() })
    .filter(({ name }) => name !== 'store')
    .map((dependency) =>
      dependency.name === 'chaos-studio'
        ? { ...dependency, name: `experiments in ${resourceGroup}` }
        : dependency,
    );
}

function toLines({ name, ok, detail, repair }: DependencyCheck, width: number): string[] {
  const line = `${ok ? '✔' : '✖'} ${name.padEnd(width)}  ${detail}`;
  if (ok) return [line];
  return [line, `${' '.repeat(width + 4)}→ ${repair ?? silence}`];
}

const silence = 'Check that it runs and that nothing between the bot and it drops connections.';
