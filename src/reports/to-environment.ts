import type { Run } from '../domain/run.ts';
import type { Fact } from './report.ts';

/** Where it ran and with what: enough to find it again in Azure and in the cluster. */
export function toEnvironment(
  { proposal, experimentName, executionId }: Run,
  version: string,
): readonly Fact[] {
  const { cluster, service, blastRadius } = proposal;
  const once = (values: readonly string[]) => [...new Set(values)].join(', ');
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Cluster', `${cluster.name} (${cluster.location})`],
    ['Cluster resource', cluster.resourceId],
    ['Service', `${service.name} in ${service.namespace}`],
    ['Selector', toPairs(service.selector)],
    ['Scoring address', withoutQuery(service.scoring.uri)],
    [
      'Predictions',
      `${service.scoring.ratePerSecond} a second, each within ${service.scoring.timeoutMs} ms, ${service.scoring.golden.length} golden inputs`,
    ],
    ['Images', once(blastRadius.pods.flatMap(({ imageIds }) => imageIds))],
    ['Nodes', once(blastRadius.pods.map(({ node }) => node))],
    ['Chaos Studio experiment', experimentName],
    ['Execution', executionId],
    ['Report written by', `Chaos Marshal ${version}`],
  ];
  return facts.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}

function toPairs(selector: Readonly<Record<string, string>>): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

/** Some put a key there. */
function withoutQuery(uri: string): string {
  return uri.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}
