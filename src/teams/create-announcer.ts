import type { TurnContext } from 'botbuilder';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderAbortAlert, renderReminder } from '../cards/alert-card.ts';
import { renderInjectionAlert } from '../cards/injection-alert.ts';
import { renderLeftFault } from '../cards/left-fault-alert.ts';
import {
  renderCancelAccepted,
  renderCancelRefused,
  renderStopDisallowed,
} from '../cards/stop-alerts.ts';
import { renderRunCard } from '../cards/run-card.ts';
import { listApprovers } from '../domain/approval-rule.ts';
import type { RunId } from '../domain/ids.ts';
import { isOtherSight, type Progress } from '../domain/progress.ts';
import type { Unreached } from '../domain/reach.ts';
import { wasApproved, type Run } from '../domain/run.ts';
import type { Announcer } from '../runs/ports/announcer.ts';
import type { Clock } from '../runs/ports/clock.ts';
import type { MessageRole } from '../runs/ports/message-ledger.ts';
import { readSender } from './activity.ts';
import { findUnreached } from './find-unreached.ts';
import type { Members } from './members.ts';
import type { Urgency } from './outbound/message.ts';
import type { OutboundQueues } from './outbound/outbound-queues.ts';
import type { Rendered, RunMessage, RunMessages } from './outbound/run-messages.ts';
import { ToldRefusals } from './told-refusals.ts';

export type AnnouncerOptions = {
  readonly queues: OutboundQueues;
  readonly runMessages: RunMessages;
  readonly members: Members;
  /** The proposals whose cards no approver sees. */
  readonly unreached: Map<RunId, Unreached>;
  readonly clock: Clock;
  readonly freezeChanged: Announcer['freezeChanged'];
  readonly renderSummary: (run: Run) => Promise<AdaptiveCard>;
};

type Seen = { readonly run: Run; readonly progress?: Progress; readonly ahead?: number };
type Render = RunMessage['render'];
type How = {
  readonly urgency: Urgency;
  readonly quiet?: boolean;
  readonly anew?: boolean;
  readonly edition?: number;
};

/** More runs than are ever shown at once: an ended run whose card could not be delivered is forgotten in the end. */
const mostSeen = 1_000;

const names: Readonly<Record<MessageRole, string>> = {
  card: 'The card',
  summary: 'The summary',
  notice: 'The abort alert',
  reminder: 'The reminder',
  refusal: 'The alert about the refused stop',
  acceptance: 'The news that Azure accepted the stop',
  disallowed: 'The news of a stop without permission',
  injection: 'The alert about the fault',
  left: 'The news of the fault that was left behind',
};

/**
 * Tells a conversation of its runs: one card that is updated in place, and posts of their own for what people must notice. What was seen last is what is
 * shown, however long it waited.
 */
export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock, queues, runMessages, members } = options;
  const newest = new Map<RunId, Seen>();
  const see = (seen: Seen) => {
    newest.delete(seen.run.id);
    newest.set(seen.run.id, seen);
    const [oldest] = newest.keys();
    if (newest.size > mostSeen && oldest) newest.delete(oldest);
  };
  const push = (
    run: Run,
    role: MessageRole,
    render: Render,
    { anew = false, edition = 0, ...how }: How,
  ) =>
    queues.push(run.origin, {
      key: `${role} ${run.id}`,
      what: `${names[role]} of ${run.id}`,
      ...how,
      send: () => runMessages.send({ run, role, render, anew, edition }),
    });
  const renderNewest = async (run: Run, context: TurnContext): Promise<Rendered> => {
    const seen = newest.get(run.id) ?? { run };
    const refreshFor =
      seen.run.phase === 'proposed' ? await findViewers(seen.run, context, members) : [];
    const card = renderRunCard(seen.run, {
      ...(seen.progress ? { progress: seen.progress } : {}),
      ...(seen.ahead === undefined ? {} : { ahead: seen.ahead }),
      now: clock.now(),
      refreshFor,
      ...noteReach(seen.run, context, options),
    });
    const onDelivered = () => {
      if (seen.run.phase === 'ended') newest.delete(run.id);
    };
    return { card, version: seen.run.version, onDelivered };
  };
  const showCard = (run: Run, how: How) =>
    push(run, 'card', (context) => renderNewest(run, context), how);
  const say = (role: MessageRole, run: Run, card: AdaptiveCard, how: Partial<How> = {}) =>
    push(run, role, () => ({ card, version: run.version }), { urgency: 'say', ...how });
  const refusals = new ToldRefusals();
  /** The proposals that wait for a decision, and whose approvers are still to be reminded. */
  const unreminded = new Set<RunId>();
  const remind = (run: Run) => {
    unreminded.add(run.id);
    const onDelivered = () => void unreminded.delete(run.id);
    const render = () =>
      unreminded.has(run.id)
        ? { card: renderReminder(run, clock.now()), version: run.version, onDelivered }
        : undefined;
    push(run, 'reminder', render, { urgency: 'say' });
  };
  const tellLeft = (run: Run) => {
    const { leftFault } = run;
    if (!leftFault) return;
    const { count } = leftFault;
    const render = () => ({ card: renderLeftFault(run, leftFault), version: count });
    push(run, 'left', render, { urgency: 'say', edition: count });
  };
  const sumUp = (run: Run) => {
    const render = async () => ({ card: await options.renderSummary(run), version: run.version });
    push(run, 'summary', render, { urgency: 'say' });
  };
  return {
    runChanged(run) {
      const { trip } = run;
      see({ ...newest.get(run.id), run });
      if (run.phase !== 'proposed') unreminded.delete(run.id);
      runMessages.retryFullCard(run.id);
      showCard(run, { urgency: 'say' });
      if (trip && run.phase !== 'ended') say('notice', run, renderAbortAlert(run, trip));
      const alert = run.phase === 'ended' ? undefined : renderInjectionAlert(run);
      if (alert) say('injection', run, alert);
      if (run.phase === 'ended' && wasApproved(run)) sumUp(run);
      tellLeft(run);
    },
    waits(run, ahead) {
      const known = newest.get(run.id);
      // The queue was read before the run went on.
      if (known && known.run.version > run.version) return;
      see({ run, ahead });
      showCard(run, { urgency: 'say' });
    },
    cancelRefused(run, refusal) {
      const news = refusals.refused(run, refusal);
      if (news)
        say('refusal', run, renderCancelRefused(run, refusal), { urgency: 'stop', ...news });
    },
    cancelAccepted(run) {
      const news = refusals.accepted(run);
      if (news) say('acceptance', run, renderCancelAccepted(run, clock.now()), news);
    },
    stopDisallowed(run) {
      if (run.disallowedStop) say('disallowed', run, renderStopDisallowed(run, run.disallowedStop));
    },
    remind,
    freezeChanged: options.freezeChanged,
    progressed(run, progress) {
      const known = newest.get(run.id);
      const quiet = !isOtherSight(known?.progress, progress);
      const newer = known && known.run.version > run.version ? known.run : run;
      see({ run: newer, progress });
      showCard(run, { urgency: 'live', quiet });
    },
  };
}

/** Whether any approver sees a proposal, remembered for those who look at it in their own way. */
function noteReach(
  run: Run,
  context: TurnContext,
  { members, unreached }: AnnouncerOptions,
): { unreached?: Unreached } {
  const found = run.phase === 'proposed' ? findUnreached(run, context, members) : undefined;
  if (found) unreached.set(run.id, found);
  else unreached.delete(run.id);
  const [oldest] = unreached.keys();
  if (unreached.size > mostSeen && oldest) unreached.delete(oldest);
  return found ? { unreached: found } : {};
}

/** Those who see the card in their own way while it waits: who proposed it, and who may approve. */
async function findViewers(
  { proposal, origin }: Run,
  context: TurnContext,
  members: Members,
): Promise<readonly string[]> {
  const proposer = readSender(origin);
  const approvers = listApprovers(proposal.approvalRule).filter(
    ({ id }) => id !== proposal.proposer.id,
  );
  const found = await members.find(
    context,
    approvers.map(({ id }) => id),
  );
  return [...(proposer === undefined ? [] : [proposer]), ...found];
}
