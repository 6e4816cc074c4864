import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseChaosYaml, type ConfigProblem } from './chaos-yaml/parse-chaos-yaml.ts';
import type { ChaosYaml } from './chaos-yaml/to-chaos-yaml.ts';
import { ChaosError } from './domain/chaos-error.ts';
import { readEnvironment, type Environment, type Variables } from './environment.ts';
import { findKubeconfigProblems } from './kubernetes/read-kubeconfig.ts';
import type { TeamsAuth } from './teams/create-adapter.ts';

/** Everything that is set from outside, checked. */
export type Config = ChaosYaml & {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly auth: TeamsAuth;
  /** Whether the organisation's Teams knows slash commands, and so messages for one person alone. */
  readonly slash: boolean;
  /** Lets an incident tool freeze everything; without, it cannot. */
  readonly freezeToken?: string;
  /** Signs the links to reports; without, a key of this data folder or process does. */
  readonly reportLinkKey?: string;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  /** How many runs one process conducts at once. */
  readonly mostRuns: number;
  /** How much of the disk single predictions of runs may take; 0 keeps none. */
  readonly samplesMaxBytes: number;
  /** How long the name of somebody is kept who does nothing any more. */
  readonly keepNamesForMs?: number;
  readonly azure: {
    readonly subscriptionId: string;
    readonly resourceGroup: string;
    readonly resourceManagerUrl: string;
  };
  readonly graphUrl: string;
  /** The container of Azure Blob Storage that a copy of the journal is kept in. */
  readonly journalContainerUrl?: string;
  readonly kubeconfigPath?: string;
  readonly logLevel: string;
};

const bytesPerMb = 1_000_000;

/** Reads the environment and chaos.yaml. Throws `config-invalid` with every problem at once, one on a line. */
export function loadConfig(env: Environment): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const { values, problems: found } = readEnvironment(set);
  const yaml = readChaosYaml(values.CHAOS_CONFIG ?? 'chaos.yaml', set);
  const clusters = 'value' in yaml ? yaml.value.catalogue.clusters : [];
  const contexts =
    values.KUBECONFIG === undefined ? [] : findKubeconfigProblems(values.KUBECONFIG, clusters);
  const problems = [
    ...found,
    ...contexts.map((problem) => `KUBECONFIG: ${problem}`),
    ...('problems' in yaml ? yaml.problems : []),
  ];
  if (problems.length > 0 || 'problems' in yaml) throw invalid(problems);
  return toConfig(values as Variables, yaml.value);
}

function readChaosYaml(path: string, env: Environment): ReturnType<typeof parseChaosYaml> {
  const read = readText(resolve(path));
  return 'problem' in read
    ? { problems: [`${path}: ${read.problem}`] }
    : parseChaosYaml(read.text, { fileName: path, env });
}

function readText(path: string): { text: string } | { problem: string } {
  const setting = 'set CHAOS_CONFIG to the path of your chaos.yaml';
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { problem: `does not exist; ${setting}` };
    if (code === 'EISDIR') return { problem: `is a folder; ${setting}` };
    if (code === 'EACCES')
      return { problem: "cannot be read; give the bot's account the right to" };
    return { problem: 'is not text in UTF-8; save it as UTF-8' };
  }
}

function invalid(problems: readonly ConfigProblem[]): ChaosError {
  return new ChaosError(
    'config-invalid',
    `The configuration has problems:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    {
      suggestion: 'The comments in .env.sample and chaos.yaml explain each setting.',
    },
  );
}

function toConfig(variables: Variables, yaml: ChaosYaml): Config {
  const { HOST: host, PORT: port } = variables;
  return {
    ...yaml,
    host,
    port,
    publicUrl: variables.PUBLIC_URL ?? `http://${host}:${port}`,
    auth: toAuth(variables),
    slash: variables.TEAMS_SLASH === 'on',
    ...(variables.FREEZE_TOKEN ? { freezeToken: variables.FREEZE_TOKEN } : {}),
    ...(variables.REPORT_LINK_KEY ? { reportLinkKey: variables.REPORT_LINK_KEY } : {}),
    dataDir: resolve(variables.DATA_DIR),
    ...(variables.DATABASE_URL ? { databaseUrl: variables.DATABASE_URL } : {}),
    mostRuns: variables.MAX_CONCURRENT_RUNS,
    samplesMaxBytes: variables.SAMPLES_MAX_MB * bytesPerMb,
    ...(variables.KEEP_NAMES_FOR ? { keepNamesForMs: variables.KEEP_NAMES_FOR } : {}),
    azure: {
      subscriptionId: variables.AZURE_SUBSCRIPTION_ID,
      resourceGroup: variables.AZURE_RESOURCE_GROUP,
      resourceManagerUrl: variables.AZURE_RESOURCE_MANAGER_URL,
    },
    graphUrl: variables.MICROSOFT_GRAPH_URL,
    ...(variables.JOURNAL_CONTAINER_URL
      ? { journalContainerUrl: variables.JOURNAL_CONTAINER_URL }
      : {}),
    ...(variables.KUBECONFIG ? { kubeconfigPath: variables.KUBECONFIG } : {}),
    logLevel: variables.LOG_LEVEL,
  };
}

function toAuth(variables: Variables): TeamsAuth {
  if (variables.BOT_AUTH === 'off') return { mode: 'off' };
  const { BOT_ID: botId, BOT_TYPE: botType, BOT_TENANT_ID: tenantId } = variables;
  if (!botId || !botType || !tenantId)
    throw new TypeError('Authentication is required and incomplete.');
  return {
    mode: 'required',
    botId,
    botType,
    tenantId,
    ...(variables.BOT_PASSWORD ? { password: variables.BOT_PASSWORD } : {}),
    ...(variables.BOT_OPENID_METADATA_URL
      ? { openIdMetadataUrl: variables.BOT_OPENID_METADATA_URL }
      : {}),
    ...(variables.BOT_TOKEN_ISSUER ? { tokenIssuer: variables.BOT_TOKEN_ISSUER } : {}),
  };
}
