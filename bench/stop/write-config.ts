import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alex, botId, issuer, tenantId, type Teams } from '../../test/support/composed/teams.ts';
import {
  clusterResourceId,
  resourceGroup,
  subscriptionId,
  type World,
} from '../../test/support/composed/world.ts';

type Config = {
  readonly world: World;
  readonly teams: Teams;
  readonly listUrl: string;
  readonly key: string;
};

/** Writes chaos.yaml and the kubeconfig, and returns the environment of the bot. */
export async function writeConfig(folder: string, { world, teams, listUrl, key }: Config) {
  const kubeconfig = await readFile(world.kubeconfigPath, 'utf8');
  const caPath = join(folder, 'ca.pem');
  const [, ca = ''] = /certificate-authority-data: "?([\w+/=]+)/.exec(kubeconfig) ?? [];
  await writeFile(caPath, Buffer.from(ca, 'base64'));
  const kubeconfigPath = join(folder, 'kubeconfig');
  await writeFile(kubeconfigPath, JSON.stringify(toKubeconfig(listUrl)));
  const catalogue = join(folder, 'chaos.yaml');
  await writeFile(catalogue, JSON.stringify(toCatalogue(`${world.scoring.url}/score`)));
  return {
    PORT: '0',
    LOG_LEVEL: 'info',
    BOT_ID: botId,
    BOT_TYPE: 'UserAssignedMSI',
    BOT_TENANT_ID: tenantId,
    BOT_OPENID_METADATA_URL: teams.issuer.openIdMetadataUrl,
    BOT_TOKEN_ISSUER: issuer,
    CHAOS_CONFIG: catalogue,
    REPORT_LINK_KEY: key,
    AZURE_SUBSCRIPTION_ID: subscriptionId,
    AZURE_RESOURCE_GROUP: resourceGroup,
    AZURE_RESOURCE_MANAGER_URL: world.azure.url,
    MICROSOFT_GRAPH_URL: world.graph.url,
    KUBECONFIG: kubeconfigPath,
    NODE_EXTRA_CA_CERTS: caPath,
  };
}

function toKubeconfig(server: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'bench',
    // Without TLS: to encrypt 90 MB would take time from what is measured.
    clusters: [{ name: 'bench', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'bench', user: { token: 'bench' } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'bench' } }],
  };
}

/** JSON is YAML. */
function toCatalogue(uri: string) {
  const service = (namespace: string) => ({
    cluster: 'aks',
    namespace,
    selector: { app: 'diabetes' },
    scoring: {
      uri,
      rate: '1/s',
      timeout: '1s',
      golden: [{ input: { data: [1] }, expected: [42], tolerance: 0.01 }],
    },
  });
  const experiment = (name: string) => ({
    title: name,
    service: name,
    fault: 'pod-failure',
    mode: 'one',
    duration: '60s',
    hypothesis: { title: 'Predictions survive', tolerances: ['availability >= 50%'] },
    guards: { lostSight: '6s' },
    baseline: '5s',
    recovery: '20s',
  });
  return {
    clusters: { aks: { resourceId: clusterResourceId, location: 'westeurope' } },
    services: { diabetes: service('default'), huge: service('huge') },
    experiments: { 'pod-failure': experiment('diabetes'), 'huge-failure': experiment('huge') },
    approvals: { approvers: [{ id: alex.aadObjectId, name: alex.name }], expiresAfter: '30m' },
    limits: { leaveReady: 0 },
  };
}
