import type { AzureCredential } from '../azure/check-azure.ts';
import { checkDirectory } from '../azure/check-directory.ts';
import { checkJournalContainer } from '../azure/journal-container.ts';
import type { Adapters } from '../create-adapters.ts';
import type { Config } from '../config.ts';
import type { DirectoryGroup } from '../domain/approval-rule.ts';
import type { Catalogue } from '../domain/catalogue.ts';
import type { OutsideCheck } from '../domain/conditions.ts';
import type { Dependency } from '../runs/check-health.ts';

/** What some installations have: outside checks, groups of the directory, a copy of the journal. */
export function listSideDependencies(
  { catalogue, graphUrl, journalContainerUrl }: Config,
  { checks }: Adapters,
  credential: AzureCredential,
): readonly Dependency[] {
  const groups = listGroups(catalogue);
  return [
    ...listOutsideChecks(catalogue).map((check) => ({
      name: `check "${check.name}"`,
      attempt: async () => {
        const problem = await checks.ask(check);
        return problem === undefined
          ? undefined
          : {
              problem: `It does not pass: ${problem}.`,
              repair: `Nothing can be proposed until it passes. If it should pass, correct its \`url\`, \`headers\` or \`json\` in chaos.yaml.`,
            };
      },
    })),
    ...(groups.length === 0
      ? []
      : [
          {
            name: 'Microsoft Graph',
            attempt: () => checkDirectory(groups, { graphUrl, credential }),
            whenSilent: 'Check MICROSOFT_GRAPH_URL, and that the bot reaches that address.',
          },
        ]),
    ...(journalContainerUrl === undefined
      ? []
      : [
          {
            name: 'copy of the journal',
            attempt: () => checkJournalContainer({ containerUrl: journalContainerUrl, credential }),
            whenSilent: 'Check JOURNAL_CONTAINER_URL, and the firewall of the storage account.',
          },
        ]),
  ];
}

/** Each once, for all and of every cluster and experiment. */
function listOutsideChecks({
  conditions,
  clusters,
  experiments,
}: Catalogue): readonly OutsideCheck[] {
  const all = [conditions, ...[...clusters, ...experiments].map((entry) => entry.conditions)];
  const found = all.flatMap((one) => one?.checks ?? []);
  return [...new Map(found.map((check) => [check.name, check])).values()];
}

/** Every group that a rule of chaos.yaml names, each once. */
function listGroups(catalogue: Catalogue): readonly DirectoryGroup[] {
  const { approvals, access, breakGlass, clusters, experiments } = catalogue;
  const stricter = [...clusters, ...experiments];
  const rules = [approvals.rule, breakGlass, ...stricter.map((entry) => entry.approvalRule)];
  const rights = [access, ...stricter.map((entry) => entry.access)];
  const roles = [
    ...rules.flatMap((rule) => rule?.roles ?? []),
    ...rights.flatMap((right) => Object.values(right ?? {}).flat()),
  ];
  const groups = roles.flatMap((role) => role.groups);
  return [...new Map(groups.map((group) => [group.id, group])).values()];
}
