import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';

export const guid = '5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12';

/** An environment that is right for the shipped chaos.yaml. */
export const rightEnvironment = {
  BOT_AUTH: 'off',
  AZURE_SUBSCRIPTION_ID: guid,
  AZURE_RESOURCE_GROUP: 'chaos',
  SCORING_URI: 'http://127.0.0.1:1/score',
  SCORING_KEY: 'sesame',
};

/** What is wrong with a configuration, one on a line; empty when nothing is. */
export function problemsOf(environment: Readonly<Record<string, string | undefined>>): string {
  try {
    loadConfig(environment);
    return '';
  } catch (error) {
    if (error instanceof ChaosError && error.code === 'config-invalid') return error.message;
    throw error;
  }
}

/** What is wrong with a chaos.yaml of this text, or with the shipped one after a change. */
export function problemsOfYaml(
  change: string | ((shipped: string) => string),
  environment: Readonly<Record<string, string>> = {},
): string {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-yaml-'));
  try {
    const path = join(folder, 'chaos.yaml');
    const text = typeof change === 'string' ? change : change(readFileSync('chaos.yaml', 'utf8'));
    writeFileSync(path, text);
    const problems = problemsOf({ ...rightEnvironment, ...environment, CHAOS_CONFIG: path });
    return problems.replaceAll(`${folder}/`, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
