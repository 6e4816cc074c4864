import type { AdaptiveCard } from './adaptive-card.ts';
import { renderList } from './list-cards.ts';

/** An experiment that exists in Azure now, and what lets its identity work. */
export type PreparedExperiment = {
  readonly experimentName: string;
  readonly kind: 'system-assigned' | 'user-assigned';
  readonly created: boolean;
  readonly principalId?: string;
  readonly grants: readonly string[];
};

/** Shows the identity of an experiment that was prepared, with the commands that give it its roles. */
export function renderPreparedCard(prepared: PreparedExperiment): AdaptiveCard {
  const { experimentName, kind, created, principalId, grants } = prepared;
  const intro = created
    ? 'Azure has the experiment now, without a fault. Nothing was started.'
    : 'Azure has the experiment already. It was left as it is, and nothing was started.';
  return renderList(`Prepared: ${experimentName}`, intro, [
    {
      title: `Identity (${kind})`,
      detail: principalId
        ? `Principal id ${principalId}`
        : 'Azure does not tell its principal id yet. Say the same again in a minute.',
    },
    ...grants.map((command, index) => ({
      title: `Role ${index + 1} of ${grants.length} on the cluster`,
      detail: command,
    })),
    {
      title: 'Which of them',
      detail:
        'The first two are needed on every cluster with Azure RBAC. Grant the third one where the fault still fails with "could not be resolved": some clusters give their kubeconfig to admins only. Roles take effect after some minutes.',
    },
  ]);
}
