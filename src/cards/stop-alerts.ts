import type { CancelRefusal } from '../domain/cancel-outcome.ts';
import { printDuration } from '../domain/duration.ts';
import type { Run } from '../domain/run.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import template from './alert-card.json' with { type: 'json' };
import { toMentionLine } from './describe-approvers.ts';
import { toMarks } from './describe-marks.ts';
import { cutText } from '../domain/visible-text.ts';
import { escapeMarkdown, longestName, printClock } from './text.ts';

/** Tells proposer and approvers that Azure does not end the fault: why, until when it lasts, and how to end it by hand. */
export function renderCancelRefused(run: Run, refusal: CancelRefusal): AdaptiveCard {
  const { status, code, sentence, suggestion, portalUrl } = refusal;
  const isAnswered = status !== undefined;
  const headline = isAnswered ? '✖ Azure refused to end the fault' : '✖ Azure does not answer';
  const said = [status, code].filter((part) => part !== undefined).join(' ');
  const why = isAnswered
    ? `Azure answered ${said}${sentence ? `: ${sentence}` : '.'}`
    : 'Azure has not accepted the request to end the fault.';
  const until = printFaultEnd(run);
  const byHand = 'open the experiment in the Azure portal and choose Stop, or cancel its execution';
  return renderAlert(run, {
    style: 'attention',
    headline,
    speak: `${headline.slice(2)}. ${until} Run ${run.id}.`,
    why: `${escapeMarkdown(why)} ${until}`,
    next: `somebody with rights on the experiment can end it now: ${byHand}. Repair: ${escapeMarkdown(suggestion)} I keep asking Azure and post here when it accepts.`,
    links: portalUrl === undefined ? [] : [{ title: 'Open in the Azure portal', url: portalUrl }],
  });
}

/** Tells proposer and approvers that Azure accepted in the end. */
export function renderCancelAccepted(run: Run, now: number): AdaptiveCard {
  return renderAlert(run, {
    style: 'good',
    headline: '✔ Azure accepted the stop',
    speak: `Azure accepted the stop of run ${run.id}.`,
    why: `Accepted at ${printClock(now)} UTC. Azure is removing the fault.`,
    next: 'the card of the run shows when the fault is gone.',
    links: [],
  });
}

/** Tells proposer and approvers that somebody stopped the run without permission. */
export function renderStopDisallowed(
  run: Run,
  { by, scope, roles }: NonNullable<Run['disallowedStop']>,
): AdaptiveCard {
  const where = {
    all: 'access',
    cluster: `the access of cluster ${run.proposal.cluster.name}`,
    experiment: `the access of experiment ${run.proposal.experiment}`,
  }[scope];
  return renderAlert(run, {
    style: 'warning',
    headline: '▲ Stopped without permission',
    speak: `Run ${run.id} was stopped by ${by.name}, who has no permission to stop it.`,
    why: escapeMarkdown(
      `Stopped by ${cutText(by.name, longestName)}. In chaos.yaml, ${where} lets only ${roles.join(' or ')} stop this run.`,
    ),
    next: 'a stop always takes effect, so the run stays stopped. The journal records it. Propose the run again if it is still needed.',
    links: [],
  });
}

type Alert = {
  readonly style: string;
  readonly headline: string;
  readonly speak: string;
  readonly why: string;
  readonly next: string;
  readonly links: readonly { readonly title: string; readonly url: string }[];
};

function renderAlert({ id, proposal, approvals }: Run, { next, ...alert }: Alert): AdaptiveCard {
  const { text, mentions } = toMentionLine([proposal.proposer, ...approvals.map(({ by }) => by)]);
  return expandTemplate(template, {
    ...alert,
    title: `${escapeMarkdown(proposal.title, 2 * longestName)} · ${id}`,
    marks: toMarks(proposal),
    next: `${text}: ${next}`,
    mentions,
  });
}

/** Azure ends each fault after its duration, whatever else happens. */
function printFaultEnd({ faultActiveAt, proposal }: Run): string {
  const { durationMs } = proposal.fault;
  return faultActiveAt === undefined
    ? `Once active, the fault continues for ${printDuration(durationMs)}.`
    : `The fault continues until ${printClock(faultActiveAt + durationMs)} UTC.`;
}
