import type { Config } from './config.ts';
import { ChaosError } from './domain/chaos-error.ts';
import { findOwn } from './domain/find-own.ts';
import type { StoreProblem } from './start-with-store.ts';

type Failure = {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly path?: unknown;
  readonly cause?: unknown;
};
type Setting = Pick<Config, 'host' | 'port' | 'dataDir' | 'databaseUrl'>;
type Repair = { readonly problem: string; readonly suggestion: string };

/** Names the setting that kept the bot from starting and how to repair it. Other errors are returned as they are. */
export function toStartUpError(thrown: unknown, setting: Setting): unknown {
  const failures = listFailures(thrown);
  const repair =
    findListenRepair(failures, setting) ??
    (setting.databaseUrl === undefined
      ? findFolderRepair(failures, setting)
      : findDatabaseRepair(failures, setting.databaseUrl));
  return repair
    ? new ChaosError('config-invalid', repair.problem, {
        suggestion: repair.suggestion,
        cause: thrown,
      })
    : thrown;
}

/** What was thrown and its causes. */
function listFailures(thrown: unknown): Failure[] {
  const failures: Failure[] = [];
  for (
    let failure: unknown = thrown;
    typeof failure === 'object' && failure !== null && !failures.includes(failure);
    failure = (failure as Failure).cause
  )
    failures.push(failure);
  return failures;
}

function findListenRepair(failures: readonly Failure[], { host, port }: Setting) {
  const failure = failures.find(({ syscall }) => syscall === 'listen' || syscall === 'bind');
  switch (failure?.code) {
    case 'EADDRINUSE':
      return {
        problem: `PORT: ${port} on ${host} is in use by another process.`,
        suggestion: `Stop that process (\`lsof -i :${port}\` names it), or set PORT to another port.`,
      };
    case 'EACCES':
      return {
        problem: `PORT: ${port} can't be opened by this account.`,
        suggestion: 'Set PORT to 1024 or more.',
      };
    case 'EADDRNOTAVAIL':
      return {
        problem: `HOST: ${host} is not an address of this machine.`,
        suggestion: 'Set HOST to 127.0.0.1, or to 0.0.0.0 to listen on every address.',
      };
    default:
      return undefined;
  }
}

const folderProblems: Readonly<Record<string, string>> = {
  EACCES: "can't be written by this account",
  EPERM: "can't be written by this account",
  EROFS: 'is on a disk that is read-only',
  ENOSPC: 'is on a disk that is full',
  EDQUOT: 'is on a disk whose quota is used up',
  ENOTDIR: 'leads through a file',
  EEXIST: 'is a file',
  ENOENT: "can't be created",
};

function findFolderRepair(failures: readonly Failure[], { dataDir }: Setting): Repair | undefined {
  const failure = failures.find(
    ({ path }) =>
      typeof path === 'string' && (path.startsWith(dataDir) || dataDir.startsWith(path)),
  );
  const problem = failure && findOwn(folderProblems, String(failure.code));
  return problem === undefined
    ? undefined
    : {
        problem: `DATA_DIR: ${dataDir} ${problem}.`,
        suggestion:
          "Set DATA_DIR to a folder that the bot's account can write to, or use a PostgreSQL server with DATABASE_URL.",
      };
}

const unreachable = 'Check the host and port in DATABASE_URL, and that the server is running.';

const databaseRepairs: Readonly<Record<string, Repair>> = {
  '28P01': {
    problem: 'refused the password',
    suggestion: 'Correct the user and password in DATABASE_URL.',
  },
  '28000': {
    problem: 'refused the user, or a connection without TLS',
    suggestion: 'Correct the user in DATABASE_URL; where TLS is needed, add ?sslmode=require.',
  },
  '3D000': {
    problem: 'has no database of that name',
    suggestion: 'Create the database, or correct its name at the end of DATABASE_URL.',
  },
  '42501': {
    problem: "doesn't let this user create tables",
    suggestion: 'Grant the user CREATE on the database and on its schema "public".',
  },
  '08P01': {
    problem: 'or the pooler in front of it refused the connection',
    suggestion: 'Check DATABASE_URL and the log of the server or of the pooler.',
  },
  '25006': {
    problem: 'takes no writes',
    suggestion:
      'Point DATABASE_URL at the primary server: a standby takes no writes, and neither does a server during a failover.',
  },
  '57P03': {
    problem: 'is starting up or shutting down',
    suggestion: 'Wait until it is up, or look into its log.',
  },
  '53300': {
    problem: 'has no connection left',
    suggestion: 'Raise max_connections of the server, or end other clients.',
  },
  ECONNREFUSED: { problem: 'refused the connection', suggestion: unreachable },
  ENOTFOUND: { problem: "can't be found by its name", suggestion: unreachable },
  EAI_AGAIN: { problem: "can't be found by its name", suggestion: unreachable },
  EHOSTUNREACH: { problem: "can't be reached", suggestion: unreachable },
  ENETUNREACH: { problem: "can't be reached", suggestion: unreachable },
  ETIMEDOUT: { problem: 'does not answer', suggestion: unreachable },
};

const untrusted: Repair = {
  problem: 'has a certificate that is not trusted',
  suggestion: 'Set NODE_EXTRA_CA_CERTS to the certificate authority of the server.',
};

function findDatabaseRepair(failures: readonly Failure[], databaseUrl: string): Repair | undefined {
  const repair = failures.map(({ code }) => findRepair(String(code))).find((one) => one);
  const isDown = failures.some(({ code }) => code === 'store-unavailable');
  const found = repair ?? (isDown ? databaseRepairs['ETIMEDOUT'] : undefined);
  return (
    found && {
      problem: `DATABASE_URL: the server at ${toServer(databaseUrl)} ${found.problem}.`,
      suggestion: found.suggestion,
    }
  );
}

/** Says why the PostgreSQL server can't be used and how to repair it; undefined for an error that trying again can't help. */
export function toStoreProblem(thrown: unknown, databaseUrl: string): StoreProblem | undefined {
  const repair = findDatabaseRepair(listFailures(thrown), databaseUrl);
  return (
    repair && {
      logged: `${repair.problem} ${repair.suggestion}`,
      shown: new ChaosError('store-unavailable', repair.problem, {
        suggestion: `${repair.suggestion} Stop works without it.`,
      }),
    }
  );
}

function findRepair(code: string): Repair | undefined {
  if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code)) return untrusted;
  return Object.hasOwn(databaseRepairs, code) ? findOwn(databaseRepairs, code) : undefined;
}

/** Host and port, never the user or the password. */
function toServer(databaseUrl: string): string {
  const { host, searchParams } = new URL(databaseUrl);
  return host || searchParams.get('host') || 'the local socket';
}
