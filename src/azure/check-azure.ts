import type { TokenCredential } from '@azure/identity';
import type { Cluster } from '../domain/catalogue.ts';
import { ChaosError } from '../domain/chaos-error.ts';
import { createAuthorizedGet } from './authorized-client.ts';
import { toAzureError } from './azure-error.ts';
import { capabilityName, targetType, toTargetId } from './experiment-body.ts';

/** What gives tokens of Entra. */
export type AzureCredential = TokenCredential;

export type AzureCheckOptions = {
  /** `https://management.azure.com`, or any endpoint that speaks Azure Resource Manager; https only. */
  readonly resourceManagerUrl: string;
  readonly credential: TokenCredential;
};

const scope = 'https://management.azure.com/.default';
const chaosVersion = '2023-11-01';
const timeLimitMs = 9_000;

/** Looks at what experiments need in Azure. Each look only reads, and rejects with what is missing and the command that adds it. */
export function createAzureChecks(options: AzureCheckOptions) {
  const { credential } = options;
  const base = options.resourceManagerUrl.replace(/(?<!\/)\/+$/, '');
  const get = createAuthorizedGet(credential, scope);
  const read = async (path: string, doing: string): Promise<unknown> => {
    const url = `${base}${path}?api-version=${chaosVersion}`;
    const answer = await get({ url, signal: AbortSignal.timeout(timeLimitMs) }).catch(
      (error: unknown) => {
        throw toAzureError(error, doing);
      },
    );
    if (answer.status === 200) return parse(answer.text);
    throw toAzureError(toRestError(answer.status, answer.text), doing);
  };
  return {
    async checkToken(): Promise<void> {
      const doing = 'get a token for Azure';
      const token = await credential.getToken(scope).catch((error: unknown) => {
        throw toAzureError(error, doing);
      });
      if (!token)
        throw toAzureError(
          Object.assign(new Error(), { name: 'CredentialUnavailableError' }),
          doing,
        );
    },
    /** The cluster must be a target of Chaos Studio, with the capability that pod faults use. */
    async checkTarget(cluster: Cluster): Promise<void> {
      const targetId = toTargetId(cluster);
      const missing = orMissing(cluster, targetId);
      await read(targetId, `read the target of ${cluster.name}`).catch(missing('target', targetId));
      const doing = `read the capabilities of ${cluster.name}`;
      const found = await read(`${targetId}/capabilities`, doing);
      if (namesOf(found).includes(capabilityName.toLowerCase())) return;
      missing('capability', `${targetId}/capabilities/${capabilityName}`)(undefined);
    },
  };
}

/** Says what Chaos Studio does not have of a cluster yet, and adds it; other errors are thrown again. */
function orMissing({ name }: Cluster, targetId: string) {
  return (what: 'target' | 'capability', id: string) =>
    (error: unknown): never => {
      if (error !== undefined && !isMissing(error)) throw error;
      const put = (of: string) =>
        `az rest --method put --url "https://management.azure.com${of}?api-version=2024-01-01" --body '{"properties":{}}'`;
      const both = `${put(targetId)} && ${put(`${targetId}/capabilities/${capabilityName}`)}`;
      throw new ChaosError(
        'azure-targets-empty',
        what === 'target'
          ? `The cluster ${name} is no target (${targetType}) of Chaos Studio.`
          : `The target of the cluster ${name} lacks the capability ${capabilityName}.`,
        { suggestion: `Add it: \`${what === 'target' ? both : put(id)}\`.` },
      );
    };
}

function isMissing(error: unknown): boolean {
  return error instanceof ChaosError && error.code === 'azure-not-found';
}

function namesOf(found: unknown): readonly string[] {
  const { value } = (found ?? {}) as { value?: unknown };
  if (!Array.isArray(value)) return [];
  return value.map((one: { name?: string } | null) => (one?.name ?? '').toLowerCase());
}

/** The shape of what the SDK throws. */
function toRestError(statusCode: number, text: string): Error {
  const { error } = (parse(text) ?? {}) as { error?: { code?: string; message?: string } };
  return Object.assign(new Error(error?.message ?? ''), {
    name: 'RestError',
    statusCode,
    ...(error?.code === undefined ? {} : { code: error.code }),
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
