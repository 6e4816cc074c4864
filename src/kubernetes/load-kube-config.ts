import { KubeConfig, type User } from '@kubernetes/client-node';
import type { Cluster } from '../domain/catalogue.ts';
import type { ClusterAccess } from '../runs/ports/cluster-access.ts';
import { readKubeconfig } from './read-kubeconfig.ts';

export type KubeConfigSource = {
  /**
   * Where the kubeconfig is, or several with `:` between them. When absent: `~/.kube/config`, or the account of the pod that this
   * runs in.
   */
  readonly kubeconfigPath?: string;
  /** For clusters that Azure tells the way into. */
  readonly access: ClusterAccess;
};

/** How to reach a cluster and to sign in there: as Azure tells, or as the kubeconfig does. */
export async function loadKubeConfig(
  cluster: Cluster,
  { kubeconfigPath, access }: KubeConfigSource,
): Promise<KubeConfig> {
  if (cluster.connect === 'azure') {
    const config = new KubeConfig();
    config.loadFromString(await access.readKubeconfig(cluster));
    signInByIdentity(config, access);
    return config;
  }
  const config = kubeconfigPath === undefined ? readDefault() : readKubeconfig(kubeconfigPath);
  if (cluster.context !== undefined) config.setCurrentContext(cluster.context);
  return config;
}

function readDefault(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  return config;
}

const ownIdentity = 'own-identity';

/** A user whose token kubelogin would fetch gets one of ours for the same application. A cluster without Entra has its credential in the kubeconfig. */
function signInByIdentity(config: KubeConfig, access: ClusterAccess): void {
  const user = config.getCurrentUser();
  const audience = findAudience(user);
  if (user === null || audience === undefined) return;
  // In the place of the program: the client would ask that first.
  config.users = [{ name: user.name, authProvider: { name: ownIdentity, config: {} } }];
  config.addAuthenticator({
    isAuthProvider: ({ authProvider }) =>
      (authProvider as { name?: string } | undefined)?.name === ownIdentity,
    async applyAuthentication(_user, options) {
      const authorization = `Bearer ${await access.readToken(audience)}`;
      options.headers = Object.assign(options.headers ?? {}, { Authorization: authorization });
    },
  });
}

/** The application id after `--server-id`. */
function findAudience(user: User | null): string | undefined {
  const exec = user?.exec as { command?: string; args?: readonly string[] } | undefined;
  if (!exec?.command?.endsWith('kubelogin')) return undefined;
  return exec.args?.[exec.args.indexOf('--server-id') + 1];
}
