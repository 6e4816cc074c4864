import { listApprovers } from '../domain/approval-rule.ts';
import { printGuard } from '../domain/guard.ts';
import { printTolerance } from '../domain/hypothesis.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { listWarnings, printFault, printHit, toBudgetFacts } from './describe-proposal.ts';
import { printPrice } from './describe-price.ts';
import { renderList } from './list-cards.ts';

/** What would be asked of Azure: the experiment's name, and the body of the request that writes it. */
export type PlannedExperiment = { readonly name: string; readonly body: object };

/** What a run would do, and that nothing was done. */
export function renderDryRunCard(proposal: Proposal, experiment: PlannedExperiment): AdaptiveCard {
  const { title, fault, blastRadius, hypothesis, guards, approvalRule } = proposal;
  const { quorum, roles } = approvalRule;
  const who = listApprovers(approvalRule).map(({ name }) => name);
  const groups = roles.flatMap((role) => role.groups.map(({ name }) => `members of ${name}`));
  return renderList(`◇ Dry run: ${title}`, 'Nothing was proposed and nothing is injected.', [
    ...(proposal.breakGlass === undefined
      ? []
      : [{ title: '▲ Break-glass', detail: proposal.breakGlass }]),
    { title: 'Fault', detail: printFault(fault) },
    { title: 'Would hit now', detail: printHit(proposal) },
    ...toBudgetFacts(proposal).map(({ title: what, value }) => ({ title: what, detail: value })),
    { title: 'Matching pods', detail: blastRadius.pods.map(({ name }) => name).join(', ') },
    ...listWarnings(proposal).map((text) => ({ title: '▲', detail: text })),
    { title: 'Must stay', detail: hypothesis.tolerances.map(printTolerance).join(', ') },
    { title: 'Guards', detail: guards.map(printGuard).join('; ') },
    { title: 'Price', detail: printPrice(proposal) },
    { title: 'Policy', detail: 'Every limit and every disruption budget is kept.' },
    {
      title: `Approvals: ${quorum}${roles.length > 1 ? `, one of each: ${roles.map(({ name }) => name).join(', ')}` : ''}`,
      detail: [
        ...who,
        ...groups,
        ...(roles.some((role) => role.channelMembers) ? ['members of this channel'] : []),
      ].join(', '),
    },
    { title: `Azure experiment ${experiment.name}`, detail: JSON.stringify(experiment.body) },
  ]);
}
