import type { CancelRefusal } from '../domain/cancel-outcome.ts';
import { printDuration } from '../domain/duration.ts';
import type { Run } from '../domain/run.ts';
import type { AdaptiveCard } from './adaptive-card.ts';
import { renderRunAlert } from './run-alert.ts';
import { cutText } from '../domain/visible-text.ts';
import { printClock } from '../domain/print-time.ts';
import { escapeMarkdown, longestName } from './text.ts';

/** Tells proposer and approvers that Azure does not end the fault: why, until when it lasts, and how to end it by hand. */
export function renderCancelRefused(run: Run, refusal: CancelRefusal): AdaptiveCard {
  const { suggestion, portalUrl, heldUntil } = refusal;
  const { headline, why } = explainRefusal(refusal);
  const until = printFaultEnd(run);
  const repair =
    heldUntil === undefined
      ? `${byHand} Repair: ${suggestion} I keep asking Azure and post here when it accepts.`
      : `${suggestion} I ask Azure as soon as there is room and post here when it accepts.`;
  return renderRunAlert(run, {
    style: 'attention',
    headline,
    speak: `${headline.slice(2)}. ${until} Run ${run.id}.`,
    why: `${escapeMarkdown(why)} ${until}`,
    next: `somebody with rights on the experiment can end it now. ${escapeMarkdown(repair, longestAdvice)}`,
    links: portalUrl === undefined ? [] : [{ title: 'Open in the Azure portal', url: portalUrl }],
  });
}

const byHand = 'Open the experiment in the Azure portal and choose Stop, or cancel its execution.';
const longestAdvice = 900;

const limitReason =
  'Azure allows 100 cancels in five minutes for a subscription, and the bot has sent as many.';

/** Says why the fault of a run continues though it was stopped. */
export function explainRefusal({ status, code, sentence, heldUntil }: CancelRefusal) {
  if (heldUntil !== undefined) {
    const sentAt = `The request to end this fault is sent at ${printClock(heldUntil)} UTC at the earliest.`;
    return {
      headline: `✖ The stop waits until ${printClock(heldUntil)} UTC`,
      why: `${limitReason} ${sentAt}`,
    };
  }
  if (status === undefined)
    return {
      headline: '✖ Azure does not answer',
      why: 'Azure has not accepted the request to end the fault.',
    };
  const said = [status, code].filter((part) => part !== undefined).join(' ');
  return {
    headline: '✖ Azure refused to end the fault',
    why: `Azure answered ${said}${sentence ? `: ${sentence}` : '.'}`,
  };
}

/** Tells proposer and approvers that Azure accepted in the end. */
export function renderCancelAccepted(run: Run, now: number): AdaptiveCard {
  return renderRunAlert(run, {
    style: 'good',
    headline: '✔ Azure accepted the stop',
    speak: `Azure accepted the stop of run ${run.id}.`,
    why: `Accepted at ${printClock(now)} UTC. Azure is removing the fault.`,
    next: 'the card of the run shows when the fault is gone.',
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
  return renderRunAlert(run, {
    style: 'warning',
    headline: '▲ Stopped without permission',
    speak: `Run ${run.id} was stopped by ${by.name}, who has no permission to stop it.`,
    why: escapeMarkdown(
      `Stopped by ${cutText(by.name, longestName)}. In chaos.yaml, ${where} lets only ${roles.join(' or ')} stop this run.`,
    ),
    next: 'a stop always takes effect, so the run stays stopped. The journal records it. Propose the run again if it is still needed.',
  });
}

/** Azure ends each fault after its duration, whatever else happens. */
function printFaultEnd({ faultActiveAt, proposal }: Run): string {
  const { durationMs } = proposal.fault;
  return faultActiveAt === undefined
    ? `Once active, the fault continues for ${printDuration(durationMs)}.`
    : `The fault continues until ${printClock(faultActiveAt + durationMs)} UTC.`;
}
