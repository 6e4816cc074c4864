import { sampleProposal } from '../../test/support/proposal.ts';

/** Whose pods are followed. */
export const { service, cluster } = sampleProposal();
