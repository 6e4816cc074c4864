import type { AccessToken, TokenCredential } from '@azure/identity';
import { ChaosError } from '../domain/chaos-error.ts';
import type { Cluster } from '../domain/catalogue.ts';
import type { ClusterAccess } from '../runs/ports/cluster-access.ts';
import { createAuthorizedPost } from './authorized-client.ts';

export type AksAccessOptions = {
  /** `https://management.azure.com`, or any endpoint that speaks Azure Resource Manager; https only. */
  readonly resourceManagerUrl: string;
  readonly credential: TokenCredential;
};

const scope = 'https://management.azure.com/.default';
const apiVersion = '2025-10-01';
const timeLimitMs = 15_000;
/** A token is renewed so long before it expires. */
const renewBeforeMs = 300_000;

/**
 * Asks Azure for the address and the certificate authority of a managed cluster (`listClusterUserCredential`), and for tokens of its API, with this process's own
 * identity: what kubelogin does, without kubelogin.
 */
export function createAksAccess({
  resourceManagerUrl,
  credential,
}: AksAccessOptions): ClusterAccess {
  const post = createAuthorizedPost(credential, scope);
  const base = resourceManagerUrl.replace(/(?<!\/)\/+$/, '');
  const tokens = new Map<string, Promise<AccessToken>>();
  return {
    async readKubeconfig(cluster) {
      const url = `${base}${cluster.resourceId}/listClusterUserCredential?api-version=${apiVersion}&format=exec`;
      const { status, text } = await post({ url, signal: AbortSignal.timeout(timeLimitMs) }).catch(
        (cause: unknown) => {
          throw unreachable(cluster, cause);
        },
      );
      return readKubeconfig(cluster, status, text);
    },
    async readToken(audience) {
      const asked = tokens.get(audience);
      const known = await asked?.catch(() => undefined);
      if (known && known.expiresOnTimestamp - renewBeforeMs > Date.now()) return known.token;
      // Whoever came first asks for a new one, and the others wait for that.
      const other = tokens.get(audience);
      const renewed = other && other !== asked ? other : fetchToken(credential, audience);
      tokens.set(audience, renewed);
      return (await renewed).token;
    },
  };
}

async function fetchToken(credential: TokenCredential, audience: string): Promise<AccessToken> {
  const token = await credential.getToken(`${audience}/.default`).catch((cause: unknown) => {
    throw noToken(cause);
  });
  if (!token) throw noToken();
  return token;
}

function readKubeconfig(cluster: Cluster, status: number, text: string): string {
  if (status === 401 || status === 403) throw forbidden(cluster);
  const encoded = status === 200 ? findFirst(text) : undefined;
  if (encoded === undefined) throw unreachable(cluster, `Azure answered ${status}.`);
  return Buffer.from(encoded, 'base64').toString('utf8');
}

function findFirst(text: string): string | undefined {
  try {
    const { kubeconfigs } = JSON.parse(text) as { kubeconfigs?: { value?: unknown }[] };
    const value = kubeconfigs?.[0]?.value;
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined;
  }
}

function forbidden({ name }: Cluster): ChaosError {
  return new ChaosError('cluster-forbidden', `The bot may not get into the cluster ${name}.`, {
    suggestion: 'Give its identity "Azure Kubernetes Service Cluster User Role" on the cluster.',
  });
}

function unreachable({ name }: Cluster, cause: unknown): ChaosError {
  return new ChaosError('cluster-unreachable', `Azure does not say where the cluster ${name} is.`, {
    suggestion: 'Check its resourceId in chaos.yaml and that the cluster runs.',
    cause,
  });
}

function noToken(cause?: unknown): ChaosError {
  return new ChaosError('cluster-unauthorized', 'There is no token for the Kubernetes API.', {
    suggestion: 'Check the identity of the bot (AZURE_CLIENT_ID, managed identity).',
    cause,
  });
}
