import { existsSync, statSync } from 'node:fs';
import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { findAddressProblem } from './chaos-yaml/address.ts';
import { guid, span } from './chaos-yaml/units.ts';
import { quote, wordIssue } from './chaos-yaml/word-issue.ts';

const text = z.string().optional();
const guidExample = 'a GUID such as 5b1c0000-0000-4000-8000-000000000001';
const longSecret = z
  .string()
  .min(32, 'is too short: at least 32 characters')
  .regex(/^[\x21-\x7e]*$/, 'has a space, a line break or a letter that a header cannot hold')
  .optional();
const mostMegabytes = 1_000_000;
const largestPort = 65_535;

/** A text that a rule finds nothing wrong with. */
function checked(findProblem: (value: string) => string | undefined) {
  return z.string().superRefine((value, context) => {
    const message = findProblem(value);
    if (message !== undefined) context.addIssue({ code: z.ZodIssueCode.custom, message });
  });
}

type NumberRule = { readonly what: string; readonly least?: number; readonly most: number };

function wholeNumber({ what, least = 0, most }: NumberRule) {
  return z.string().transform((value, context) => {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    const message = `${quote(value)} is not ${what} (${least} to ${most})`;
    context.addIssue({ code: z.ZodIssueCode.custom, message });
    return z.NEVER;
  });
}

function guidOf(what: string) {
  return z.string().superRefine((value, context) => {
    if (guid().test(value) && !/^[0-]+$/.test(value)) return;
    const message = `${quote(value)} is not ${what}, which is ${guidExample}`;
    context.addIssue({ code: z.ZodIssueCode.custom, message });
  });
}

function address(protocols: readonly string[], example: string) {
  return checked((value) => findAddressProblem(value, { protocols, example }));
}

/** An address that paths are added to, so it has none, and no query. */
function baseAddress(protocols: readonly string[], example: string) {
  return address(protocols, example)
    .superRefine((value, context) => {
      if (!URL.canParse(value)) return;
      const { pathname, search, hash, username, password } = new URL(value);
      if (username || password || search || hash || pathname !== '/') {
        const message = `must end after the host and port, like ${example}`;
        context.addIssue({ code: z.ZodIssueCode.custom, message });
      }
    })
    .transform((value) => value.replace(/\/$/, ''));
}

const host = checked((value) =>
  isIP(value) || value === 'localhost'
    ? undefined
    : `${quote(value)} is not an IP address to listen on; write 127.0.0.1 for this machine alone, or 0.0.0.0 for the network`,
);

const resourceGroup = checked((value) =>
  /^[\p{L}\p{N}_()-][\p{L}\p{N}._()-]{0,88}[\p{L}\p{N}_()-]$|^[\p{L}\p{N}_()-]$/u.test(value)
    ? undefined
    : `${quote(value)} is not the name of a resource group`,
);

/** A connection string; it holds a password, so nothing of it is repeated. */
const databaseUrl = checked((value) => {
  const example = 'postgres://USER:PASSWORD@HOST:5432/NAME';
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value)?.[1];
  if (scheme === undefined) return `is not the address of a PostgreSQL server, ${example}`;
  if (!/^postgres(ql)?$/i.test(scheme))
    return `begins with ${scheme}://, but only PostgreSQL is supported; write it like ${example}`;
  return URL.canParse(value) && /^\w+:\/\/([^/?#]|\/[^?#]*\?.*host=)/i.test(value)
    ? undefined
    : `names no host, or has a character that must be percent-encoded; write it like ${example}`;
});

const dataDir = checked((value) =>
  isFile(value) ? `${value} is a file; name a folder, or delete the file` : undefined,
);

const certificates = checked((value) =>
  isFile(value)
    ? undefined
    : `the file ${value} does not exist; correct the path, or leave it empty`,
);

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}

export const containerUrlProblem = 'is not https://ACCOUNT.blob.core.windows.net/CONTAINER';
/** https, since the storage takes tokens and tokens are never sent without TLS. */
export const journalContainerUrl = z
  .string()
  .regex(/^https:\/\/[^/?#]+\/[^?#]*[^/?#]$/, containerUrlProblem);

const web = ['http', 'https'];
const shape = {
  HOST: host.default('127.0.0.1'),
  PORT: wholeNumber({ what: 'a port number', most: largestPort }).default('3978'),
  PUBLIC_URL: baseAddress(web, 'https://marshal.example.com').optional(),
  BOT_AUTH: z.enum(['required', 'off']).default('required'),
  BOT_ID: guidOf("the bot's app id").optional(),
  BOT_TYPE: z.enum(['SingleTenant', 'UserAssignedMSI']).optional(),
  BOT_TENANT_ID: guidOf('the id of a tenant').optional(),
  BOT_PASSWORD: text,
  BOT_OPENID_METADATA_URL: address(web, 'https://HOST/PATH').optional(),
  BOT_TOKEN_ISSUER: text,
  CHAOS_CONFIG: z.string().default('chaos.yaml'),
  DATA_DIR: dataDir.default('data'),
  DATABASE_URL: databaseUrl.optional(),
  SAMPLES_MAX_MB: wholeNumber({ what: 'a number of megabytes', most: mostMegabytes }).default(
    '256',
  ),
  MAX_CONCURRENT_RUNS: wholeNumber({ what: 'a number of runs', least: 1, most: 1_000 }).default(
    '50',
  ),
  KEEP_NAMES_FOR: span({ least: '1d', most: '36500d' }).optional(),
  AZURE_SUBSCRIPTION_ID: guidOf('the id of a subscription'),
  AZURE_RESOURCE_GROUP: resourceGroup,
  AZURE_RESOURCE_MANAGER_URL: baseAddress(['https'], 'https://management.azure.com').default(
    'https://management.azure.com',
  ),
  MICROSOFT_GRAPH_URL: baseAddress(web, 'https://graph.microsoft.com').default(
    'https://graph.microsoft.com',
  ),
  JOURNAL_CONTAINER_URL: journalContainerUrl.optional(),
  KUBECONFIG: text,
  FREEZE_TOKEN: longSecret,
  REPORT_LINK_KEY: longSecret,
  TEAMS_SLASH: z.enum(['on', 'off']).default('on'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  NODE_EXTRA_CA_CERTS: certificates.optional(),
  NODE_ENV: text,
};

export const environmentNames = Object.keys(shape) as readonly (keyof typeof shape)[];

/** Every variable that is read, checked. */
export type Variables = z.output<z.ZodObject<typeof shape>>;

export type Environment = Readonly<Record<string, string | undefined>>;

export type ReadVariables = {
  /** Those that are right. */
  readonly values: Partial<Variables>;
  /** What is wrong with the others, each with its name. */
  readonly problems: readonly string[];
};

/** Reads the whole environment, and what its variables say of each other. */
export function readEnvironment(env: Environment): ReadVariables {
  const { values, problems } = readVariables(environmentNames, env);
  return { values, problems: [...problems, ...findAuthProblems(values, env)] };
}

/** Reads some variables. Those that are empty count as not set. */
export function readVariables(
  names: readonly (keyof typeof shape)[],
  env: Environment,
): ReadVariables {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const name of names) {
    const parsed = shape[name].safeParse(env[name] || undefined, { errorMap: wordIssue });
    if (parsed.success) values[name] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => `${name}: ${word(issue)}`));
  }
  return { values, problems };
}

function word(issue: z.ZodIssue): string {
  const isUnset = issue.code === 'invalid_type' && issue.received === 'undefined';
  return isUnset ? 'is not set' : issue.message;
}

/** Authentication must never be off by accident: an app id that is missing would silently let everybody in. */
function findAuthProblems(values: Partial<Variables>, env: Environment): string[] {
  const production = values.NODE_ENV === 'production';
  if (values.BOT_AUTH === 'off') return findOpenProblems(values, production);
  const problems = (['BOT_ID', 'BOT_TYPE', 'BOT_TENANT_ID'] as const)
    .filter((name) => !env[name])
    .map((name) => `${name}: is not set, and BOT_AUTH is required`);
  if (values.BOT_TYPE === 'SingleTenant' && !values.BOT_PASSWORD)
    problems.push('BOT_PASSWORD: is not set, and BOT_TYPE is SingleTenant');
  for (const name of ['BOT_OPENID_METADATA_URL', 'BOT_TOKEN_ISSUER'] as const) {
    if (production && env[name])
      problems.push(`${name}: is for test issuers and refused when NODE_ENV=production`);
  }
  return problems;
}

function findOpenProblems({ HOST }: Partial<Variables>, production: boolean): string[] {
  const problems: string[] = [];
  if (HOST !== undefined && !isLoopback(HOST))
    problems.push(`BOT_AUTH: off is only for loopback, and HOST is ${HOST}`);
  if (production) problems.push('BOT_AUTH: off is refused when NODE_ENV=production');
  return problems;
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}
