import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import {
  parseChaosYaml,
  type ChaosYaml,
  type ConfigProblem,
} from './chaos-yaml/parse-chaos-yaml.ts';
import { span } from './chaos-yaml/units.ts';
import { ChaosError } from './domain/chaos-error.ts';
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

type Environment = Readonly<Record<string, string | undefined>>;

const dayMs = 24 * 3_600_000;
const bytesPerMb = 1_000_000;
const optional = z.string().min(1).optional();
export const containerUrlProblem = 'is not https://ACCOUNT.blob.core.windows.net/CONTAINER';
/** https, since the storage takes tokens and tokens are never sent without TLS. */
export const journalContainerUrl = z
  .string()
  .regex(/^https:\/\/[^/?#]+\/[^?#]*[^/?#]$/, containerUrlProblem);

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3978),
  PUBLIC_URL: z.string().url().optional(),
  BOT_AUTH: z.enum(['required', 'off']).default('required'),
  BOT_ID: optional,
  BOT_TYPE: z.enum(['SingleTenant', 'UserAssignedMSI']).optional(),
  BOT_TENANT_ID: optional,
  BOT_PASSWORD: optional,
  BOT_OPENID_METADATA_URL: z.string().url().optional(),
  BOT_TOKEN_ISSUER: optional,
  CHAOS_CONFIG: z.string().default('chaos.yaml'),
  DATA_DIR: z.string().default('data'),
  DATABASE_URL: z.string().url().optional(),
  SAMPLES_MAX_MB: z.coerce.number().int().min(0).max(1_000_000).default(256),
  KEEP_NAMES_FOR: span.refine((ms) => ms >= dayMs, 'is too short: at least 1d').optional(),
  AZURE_SUBSCRIPTION_ID: z.string().min(1),
  AZURE_RESOURCE_GROUP: z.string().min(1),
  AZURE_RESOURCE_MANAGER_URL: z.string().url().default('https://management.azure.com'),
  MICROSOFT_GRAPH_URL: z.string().url().default('https://graph.microsoft.com'),
  JOURNAL_CONTAINER_URL: journalContainerUrl.optional(),
  KUBECONFIG: optional,
  FREEZE_TOKEN: z.string().min(32, 'is too short: at least 32 characters').optional(),
  REPORT_LINK_KEY: z.string().min(32, 'is too short: at least 32 characters').optional(),
  TEAMS_SLASH: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  NODE_ENV: optional,
});

type Variables = z.output<typeof environment>;

/** Reads the environment and chaos.yaml. Throws `config-invalid` with every problem at once, one on a line. */
export function loadConfig(env: Environment): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = environment.safeParse(set);
  const problems = parsed.success
    ? findAuthProblems(parsed.data)
    : parsed.error.issues.map(describe);
  const yaml = readChaosYaml(set['CHAOS_CONFIG'] ?? 'chaos.yaml', set);
  if ('problems' in yaml) problems.push(...yaml.problems);
  if (!parsed.success || problems.length > 0 || 'problems' in yaml) throw invalid(problems);
  return toConfig(parsed.data, yaml.value);
}

function describe({ path, message }: z.ZodIssue): ConfigProblem {
  return `${path.join('.')}: ${message === 'Required' ? 'is not set' : message}`;
}

/** Authentication must never be off by accident: an app id that is missing would silently let everybody in. */
function findAuthProblems(variables: Variables): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const production = variables.NODE_ENV === 'production';
  if (variables.BOT_AUTH === 'off') {
    if (!isLoopback(variables.HOST))
      problems.push(`BOT_AUTH: off is only for loopback, and HOST is ${variables.HOST}`);
    if (production) problems.push('BOT_AUTH: off is refused when NODE_ENV=production');
    return problems;
  }
  for (const name of ['BOT_ID', 'BOT_TYPE', 'BOT_TENANT_ID'] as const) {
    if (!variables[name]) problems.push(`${name}: is not set, and BOT_AUTH is required`);
  }
  if (variables.BOT_TYPE === 'SingleTenant' && !variables.BOT_PASSWORD) {
    problems.push('BOT_PASSWORD: is not set, and BOT_TYPE is SingleTenant');
  }
  for (const name of ['BOT_OPENID_METADATA_URL', 'BOT_TOKEN_ISSUER'] as const) {
    if (production && variables[name])
      problems.push(`${name}: is for test issuers and refused when NODE_ENV=production`);
  }
  return problems;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function readChaosYaml(path: string, env: Environment): ReturnType<typeof parseChaosYaml> {
  let text: string;
  try {
    text = readFileSync(resolve(path), 'utf8');
  } catch {
    return {
      problems: [`${path}: cannot be read; set CHAOS_CONFIG to the path of your chaos.yaml`],
    };
  }
  return parseChaosYaml(text, { fileName: path, env });
}

function invalid(problems: readonly ConfigProblem[]): ChaosError {
  return new ChaosError(
    'config-invalid',
    `The configuration has problems:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    {
      suggestion: 'See .env.sample and chaos.yaml; each line there says what it is for.',
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
