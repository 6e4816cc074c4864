import { toGroupDiscoveryList, wantsAggregatedDiscovery } from './aggregated-discovery.ts';
import { documentAnswer, type Answer } from './answer.ts';
import type { ApiRequest } from './api-request.ts';
import { groupVersions, listApiResources } from './api-resources.ts';
import { openApiIndex, toOpenApi } from './openapi.ts';

/** The version of Kubernetes whose API this is. */
const kubernetesVersion = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.4',
  gitCommit: '59526cd4867447956156ae3a602fcbac10a2c335',
  gitTreeState: 'clean',
  buildDate: '2025-04-22T16:02:27Z',
  goVersion: 'go1.23.6',
  compiler: 'gc',
  platform: 'linux/amd64',
};

const healthChecks = ['healthz', 'livez', 'readyz'];
const groups = [...new Set(groupVersions.map(({ group }) => group))].filter(Boolean);

/** Answers a GET that tells a client what there is; undefined for a path that is none of these. */
export function answerDiscovery(request: ApiRequest): Answer | undefined {
  const [root = '', ...rest] = request.path;
  if (healthChecks.includes(root)) return answerHealth(root, request);
  if (root === 'openapi') return answerOpenApi(rest);
  if (rest.length === 0) return answerRoot(root, request);
  return root === 'api' || root === 'apis' ? answerGroup(root, rest) : undefined;
}

function answerRoot(root: string, request: ApiRequest): Answer | undefined {
  const aggregated = wantsAggregatedDiscovery(request.accept);
  switch (root) {
    case '':
      return documentAnswer({ paths: listPaths() });
    case 'version':
      return documentAnswer(kubernetesVersion);
    case 'api':
      return aggregated ? toGroupDiscoveryList([''], aggregated) : documentAnswer(legacyVersions);
    case 'apis':
      return aggregated ? toGroupDiscoveryList(groups, aggregated) : documentAnswer(toGroupList());
    default:
      return undefined;
  }
}

const legacyVersions = {
  kind: 'APIVersions',
  versions: ['v1'],
  serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
};

function answerGroup(root: string, [first = '', second, ...rest]: string[]): Answer | undefined {
  if (rest.length > 0) return undefined;
  const [group, version] = root === 'api' ? ['', first] : [first, second];
  if (root === 'api' && second !== undefined) return undefined;
  if (version === undefined) {
    return groups.includes(group) ? documentAnswer(toGroup(group)) : undefined;
  }
  const known = groupVersions.find((one) => one.group === group && one.version === version);
  if (!known) return undefined;
  const { groupVersion } = known;
  const resources = listApiResources(known);
  return documentAnswer({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources });
}

function toGroupList() {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(toGroupFields) };
}

function toGroup(name: string) {
  return { kind: 'APIGroup', apiVersion: 'v1', ...toGroupFields(name) };
}

function toGroupFields(name: string) {
  const versions = groupVersions
    .filter(({ group }) => group === name)
    .map(({ groupVersion, version }) => ({ groupVersion, version }));
  return { name, versions, preferredVersion: versions[0] };
}

function answerHealth(check: string, { query }: ApiRequest): Answer {
  const text = query.has('verbose') ? `[+]ping ok\n${check} check passed\n` : 'ok';
  return { kind: 'text', code: 200, text };
}

function answerOpenApi(path: readonly string[]): Answer | undefined {
  const [version, ...rest] = path;
  if (version !== 'v3') return undefined;
  if (rest.length === 0) return documentAnswer(openApiIndex());
  const known = groupVersions.find((one) => one.path === `/${rest.join('/')}`);
  return known && documentAnswer(toOpenApi(known));
}

function listPaths(): string[] {
  const apis = groupVersions.filter(({ group }) => group !== '');
  const served = apis.flatMap(({ group, path }) => [`/apis/${group}`, path]);
  const checks = healthChecks.map((check) => `/${check}`);
  return ['/api', '/api/v1', '/apis', ...served, ...checks, '/openapi/v3', '/version'].toSorted();
}
