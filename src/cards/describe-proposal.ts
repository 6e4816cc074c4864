import { findRoles } from '../domain/approval-rule.ts';
import { printDuration, printLeastDuration } from '../domain/duration.ts';
import type { FaultMode, PodFault } from '../domain/fault.ts';
import { printGuard } from '../domain/guard.ts';
import { toReactionMs } from '../domain/guard-reaction.ts';
import { printTolerance, type Hypothesis } from '../domain/hypothesis.ts';
import { findNeed, listPlanWarnings } from '../domain/plan-decision.ts';
import { printMore } from '../domain/print-more.ts';
import { printDigest, type Proposal } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import { printPrice } from './describe-price.ts';
import { cutText } from '../domain/visible-text.ts';
import { printTime } from '../domain/print-time.ts';
import { escapeMarkdown, longestName, prose } from './text.ts';

export type Fact = { readonly title: string; readonly value: string };

/** What an approver has to know before clicking: what is injected into what, what must stay true, and what ends it. */
export function toProposalFacts(run: Run): Fact[] {
  const { proposal } = run;
  const { hypothesis, proposer, service, cluster } = proposal;
  return [
    { title: 'Fault', value: printFault(proposal.fault) },
    { title: 'Targets', value: printHit(proposal) },
    ...toBudgetFacts(proposal),
    {
      title: 'Service',
      value: escapeMarkdown(
        [
          `${cutText(service.name, longestName)} in ${service.namespace}`,
          `on ${cutText(cluster.name, longestName)}`,
        ].join(' '),
      ),
    },
    { title: 'Hypothesis', value: escapeMarkdown(hypothesis.title) },
    { title: 'Must hold', value: escapeMarkdown(printTolerances(hypothesis), Infinity) },
    ...toFact('Evidence needed', run.phase === 'proposed' ? printNeed(proposal) : undefined),
    { title: 'Guards', value: toGuardText(proposal) },
    ...toFact('Longest reaction', printReaction(proposal)),
    { title: 'Worst case', value: printPrice(proposal) },
    { title: 'Proposed by', value: escapeMarkdown(proposer.name, longestName) },
    ...(run.phase === 'proposed'
      ? [{ title: 'Expires', value: printTime(proposal.expiresAt) }]
      : []),
    ...(run.approvals.length === 0 ? [] : [{ title: 'Approved by', value: toApprovals(run) }]),
    { title: 'Digest', value: printDigest(run.digest) },
  ];
}

const mostTolerances = 20;

/** `availability >= 95%, p95 <= 500ms`; of very many the first ones, and how many more. */
export function printTolerances({ tolerances }: Hypothesis): string {
  const shown = tolerances.slice(0, mostTolerances).map(printTolerance).join(', ');
  const more = tolerances.length - mostTolerances;
  return more > 0 ? `${shown} and ${more} more, which chaos.yaml lists` : shown;
}

/** All guards, however many: what ends the fault is never cut. */
export function toGuardText(proposal: Pick<Proposal, 'guards' | 'service' | 'fault'>): string {
  return escapeMarkdown(
    proposal.guards.map((guard) => printGuard(guard, proposal)).join('; '),
    Infinity,
  );
}

/** `some 14s after the service stops answering (timeout 5s)`: how long the guards take at most to end a fault that fails everything; undefined where none does. */
export function printReaction(
  proposal: Pick<Proposal, 'guards' | 'service' | 'fault'>,
): string | undefined {
  const reactionMs = toReactionMs(proposal.guards, proposal);
  if (reactionMs === undefined) return undefined;
  const timeout = printDuration(proposal.service.scoring.timeoutMs);
  return `some ${printLeastDuration(reactionMs)} after the service stops answering (timeout ${timeout})`;
}

/** A fact, where there is something to say. */
export function toFact(title: string, value: string | undefined): Fact[] {
  return value === undefined ? [] : [{ title, value }];
}

/** `72 predictions at least, 7s at 10/s; 210 (21s) when half as many fail as availability >= 95% allows` */
export function printNeed(proposal: Proposal): string | undefined {
  const need = findNeed(proposal);
  if (!need) return undefined;
  const { tolerance, atBest, atBestMs, atHalf, atHalfMs } = need;
  const best = `${atBest} predictions at least, ${printDuration(atBestMs)} at ${proposal.service.scoring.ratePerSecond}/s`;
  const half = `${atHalf} (${printDuration(atHalfMs)}) when half as many fail as ${printTolerance(tolerance)} allows`;
  return escapeMarkdown(atHalf === atBest ? best : `${best}; ${half}`);
}

const mostWarnings = 8;

/** What an approver should know of the pods and of the plan. */
export function listWarnings(proposal: Proposal): readonly string[] {
  const warnings = [
    ...(proposal.identityMissing ? [printMissingIdentity(proposal)] : []),
    ...proposal.blastRadius.warnings,
    ...listPlanWarnings(proposal),
  ];
  const more = warnings.length - mostWarnings;
  return more > 0 ? [...warnings.slice(0, mostWarnings), printMore(more, 'warning')] : warnings;
}

function printMissingIdentity({ experiment }: Proposal): string {
  return `This experiment does not exist in Azure yet, so its identity has no roles on the cluster and the fault may fail. Say "experiments prepare ${experiment}" first: it shows the commands that grant them.`;
}

const mostApprovals = 10;

/** `Priya Nair (service owner), 2026-11-23 09:00:05 UTC`, one after the other. */
function toApprovals({ id, approvals, proposal: { approvalRule: rule } }: Run): string {
  const shown = approvals.slice(0, mostApprovals).map((approval) => {
    const roles = findRoles(rule, approval).map(({ name }) => name);
    const stands =
      rule.roles.length > 1 ? ` (${escapeMarkdown(roles.join(', '), longestName)})` : '';
    return `${escapeMarkdown(approval.by.name, longestName)}${stands}, ${printTime(approval.at)}`;
  });
  const more = approvals.length - shown.length;
  return [...shown, ...(more > 0 ? [prose`and ${more} more: \`audit ${id}\``.markdown] : [])].join(
    '; ',
  );
}

/** `pod-failure, one pod, for 60s` */
export function printFault({ action, mode, value, durationMs }: PodFault): string {
  return `${action}, ${printMode(mode, value)}, for ${printDuration(durationMs)}`;
}

/** A mode without its number, for a list to choose from. */
export function printModeName(mode: FaultMode): string {
  const names: Readonly<Record<FaultMode, string>> = {
    one: 'One pod',
    all: 'All pods',
    fixed: 'A number of pods',
    'fixed-percent': 'A percentage of the pods',
    'random-max-percent': 'Up to a percentage of the pods, at random',
  };
  return names[mode];
}

function printMode(mode: PodFault['mode'], value = 0): string {
  switch (mode) {
    case 'one':
      return 'one pod';
    case 'all':
      return 'all pods';
    case 'fixed':
      return value === 1 ? 'one pod' : `${value} pods`;
    case 'fixed-percent':
      return `${value} % of the pods`;
    case 'random-max-percent':
      return `up to ${value} % of the pods`;
  }
}

/** `1 of 3 pods (2 of the 3 are ready)` */
export function printHit({ blastRadius }: Proposal): string {
  const { least, most } = blastRadius.hit;
  const count = least === most ? `${most}` : `${least} to ${most}`;
  const all = blastRadius.pods.length;
  if (all === 1) return `the only pod (${blastRadius.ready === 1 ? 'ready' : 'not ready'})`;
  const ready = blastRadius.ready === all ? `all ${all}` : `${blastRadius.ready} of the ${all}`;
  return `${count} of ${all} pods (${ready} are ready)`;
}

const mostBudgets = 3;

/** What the disruption budgets of the cluster allow, where any covers the pods, the tightest first: `diabetes allows 1 pod`. */
export function toBudgetFacts({ blastRadius: { budgets = [] } }: Proposal): Fact[] {
  if (budgets.length === 0) return [];
  const tightest = budgets.toSorted(
    (left, right) => left.disruptionsAllowed - right.disruptionsAllowed,
  );
  const said = tightest
    .slice(0, mostBudgets)
    .map(
      ({ name, disruptionsAllowed: allowed }) =>
        `${name} allows ${allowed} ${allowed === 1 ? 'pod' : 'pods'}`,
    );
  const rest = budgets.length - said.length;
  if (rest > 0) said.push(`and ${rest} more, none tighter`);
  return [{ title: 'Disruption budget', value: escapeMarkdown(said.join(', ')) }];
}
