import { createAksAccess } from '../azure/aks-access.ts';
import { createAzureChecks, type AzureCredential } from '../azure/check-azure.ts';
import type { Adapters } from '../create-adapters.ts';
import type { Config } from '../config.ts';
import type { Cluster } from '../domain/catalogue.ts';
import { findMissingPermissions } from '../kubernetes/find-missing-permissions.ts';
import type { Dependency } from '../runs/check-health.ts';
import type { ExperimentPlan } from '../runs/ports/fault-gateway.ts';

const azureSilent =
  'Check AZURE_RESOURCE_MANAGER_URL, and that the network of the bot lets it reach that address.';

/** What experiments need in Azure and of each cluster, beyond what `health` asks. */
export function listAzureDependencies(
  config: Config,
  adapters: Adapters,
  credential: AzureCredential,
): readonly Dependency[] {
  const { azure, catalogue, kubeconfigPath } = config;
  const checks = createAzureChecks({ ...azure, credential });
  const source = {
    ...(kubeconfigPath ? { kubeconfigPath } : {}),
    access: createAksAccess({ ...azure, credential }),
  };
  const namespacesOn = ({ name }: Cluster) =>
    catalogue.services.filter(({ cluster }) => cluster === name).map(({ namespace }) => namespace);
  return [
    {
      name: 'Azure token',
      attempt: () => checks.checkToken(),
      whenSilent:
        'Turn on the managed identity of the machine, and set AZURE_CLIENT_ID when it is user-assigned.',
    },
    ...catalogue.clusters.flatMap((cluster) => [
      {
        name: `Chaos Studio target ${cluster.name}`,
        attempt: () => checks.checkTarget(cluster),
        whenSilent: azureSilent,
      },
      {
        name: `permissions on ${cluster.name}`,
        attempt: async () => ({
          remarks: await findMissingPermissions(cluster, namespacesOn(cluster), source),
        }),
        whenSilent: `Check that the cluster runs and that its API can be reached from here: \`kubectl get --raw /readyz\`.`,
      },
    ]),
    {
      name: 'experiment identities',
      attempt: () => findUnprepared(config, adapters),
      whenSilent: azureSilent,
    },
  ];
}

/** Chaos Studio allows 300 reads in five minutes, and runs need them, too. */
const mostExperiments = 50;

/** Which experiments have no identity in Azure yet: their first run would fail. */
async function findUnprepared({ catalogue }: Config, { faults }: Adapters) {
  const plans = catalogue.experiments
    .map((template): ExperimentPlan | undefined => {
      const service = catalogue.services.find(({ name }) => name === template.service);
      const cluster = catalogue.clusters.find(({ name }) => name === service?.cluster);
      return service && cluster && cluster.experimentIdentityId === undefined
        ? { experiment: template.name, service, cluster }
        : undefined;
    })
    .filter((plan) => plan !== undefined)
    .slice(0, mostExperiments);
  const exist = await Promise.all(plans.map((plan) => faults.exists(plan)));
  const missing = plans.filter((_, index) => !exist[index]).map(({ experiment }) => experiment);
  if (missing.length === 0) return { remarks: [] };
  return {
    remarks: [
      `Not in Azure yet, so their identities have no roles: ${missing.join(', ')}. Before the first run, say in Teams: experiments prepare ${missing[0]}.`,
    ],
  };
}
