import { listApprovers } from '../domain/approval-rule.ts';
import type { Proposal } from '../domain/proposal.ts';
import { cutMiddle, cutText } from '../domain/visible-text.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import {
  listWarnings,
  printFault,
  printHit,
  printTolerances,
  toBudgetFacts,
  printReaction,
  toGuardText,
} from './describe-proposal.ts';
import { printPrice } from './describe-price.ts';
import { renderList } from './list-cards.ts';
import { escapeMarkdown, longestName, prose, type Item } from './text.ts';

/** What would be asked of Azure: the experiment's name, and the body of the request that writes it. */
export type PlannedExperiment = { readonly name: string; readonly body: object };

const mostPods = 8;
const mostApprovers = 10;
const longestBody = 1_500;

/** What a run would do, and that nothing was done. */
export function renderDryRunCard(proposal: Proposal, experiment: PlannedExperiment): AdaptiveCard {
  const { fault, hypothesis, breakGlass } = proposal;
  const title = cutText(proposal.title, 2 * longestName);
  const reaction = printReaction(proposal);
  const items: readonly Item[] = [
    ...(breakGlass === undefined ? [] : [{ title: '▲ Break-glass', detail: breakGlass }]),
    { title: 'Fault', detail: printFault(fault) },
    { title: 'Targets', detail: printHit(proposal) },
    ...toBudgetFacts(proposal).map(({ title: what, value }) => ({
      title: what,
      detail: { markdown: value },
    })),
    { title: 'Matching pods', detail: toPodNames(proposal) },
    ...listWarnings(proposal).map((text) => ({ title: '▲', detail: text })),
    {
      title: 'Must hold',
      detail: { markdown: escapeMarkdown(printTolerances(hypothesis), Infinity) },
    },
    { title: 'Guards', detail: { markdown: toGuardText(proposal) } },
    ...(reaction === undefined ? [] : [{ title: 'Longest reaction', detail: reaction }]),
    { title: 'Worst case', detail: printPrice(proposal) },
    { title: 'Policy', detail: 'Within every limit and every disruption budget.' },
    { title: toApprovalTitle(proposal), detail: toApproverNames(proposal) },
    { title: `Azure experiment ${experiment.name}`, detail: toBody(experiment) },
  ];
  const intro = 'Nothing was proposed and nothing is injected.';
  return renderList(`◇ Dry run: ${title}`, intro, items, {
    whole: [toGuardText(proposal), printHit(proposal)],
  });
}

function toPodNames({ blastRadius: { pods }, service: { namespace, selector } }: Proposal) {
  const names = pods.slice(0, mostPods).map(({ name }) => cutMiddle(name, longestName));
  const more = pods.length - names.length;
  if (more <= 0) return names.join(', ');
  const labels = Object.entries(selector).map((label) => label.join('='));
  return prose`${names.join(', ')} and ${more} more: \`kubectl get pods -n ${namespace} -l ${labels.join(',')}\``;
}

function toApprovalTitle({ approvalRule: { quorum, roles } }: Proposal): string {
  const named = countNames(
    roles.map(({ name }) => name),
    'roles',
  );
  return `Approvals: ${quorum}${roles.length > 1 ? `, one of each: ${named}` : ''}`;
}

function toApproverNames({ approvalRule }: Proposal): string {
  const { roles } = approvalRule;
  const people = listApprovers(approvalRule).map(({ name }) => name);
  const groups = roles.flatMap((role) => role.groups.map(({ name }) => `members of ${name}`));
  const hasChannel = roles.some((role) => role.channelMembers);
  return [
    ...(people.length === 0 ? [] : [countNames(people, 'people')]),
    ...(groups.length === 0 ? [] : [countNames(groups, 'groups')]),
    ...(hasChannel ? ['members of this channel'] : []),
  ].join(', ');
}

/** The first names, and how many more chaos.yaml has. */
function countNames(names: readonly string[], what: string): string {
  const shown = names.slice(0, mostApprovers).map((name) => cutText(name, longestName / 2));
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more of the ${what} in chaos.yaml` : ''}`;
}

function toBody({ body }: PlannedExperiment): string {
  const text = JSON.stringify(body);
  const more = text.length - longestBody;
  return more > 0 ? `${text.slice(0, longestBody)}… and ${more} more characters` : text;
}
