import type { Proposal, Sha256 } from '../domain/proposal.ts';

/** What every experiment of ours begins with: how stop finds them when it knows nothing but Azure. */
export const experimentNamePrefix = 'chaos-marshal-';

const longestName = 64;
const digestLength = 8;

/**
 * The experiment resource of a template and its service, always the same one: the role that lets it into the cluster belongs to the
 * resource's own identity. Names that had to be bent to Azure's rules end in a digest, so that two never become one.
 */
export function toExperimentName(
  { experiment, service }: Pick<Proposal, 'experiment' | 'service'>,
  sha256: Sha256,
): string {
  const wanted = `${experimentNamePrefix}${experiment}-${service.name}`;
  const bent = wanted.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  if (bent === wanted && wanted.length <= longestName) return wanted;
  const digest = sha256(wanted).slice(0, digestLength);
  return `${bent.slice(0, longestName - digestLength - 1).replace(/(?<!-)-+$/, '')}-${digest}`;
}
