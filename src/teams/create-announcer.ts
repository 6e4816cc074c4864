import type { TurnContext } from 'botbuilder';
import type { AdaptiveCard } from '../cards/adaptive-card.ts';
import { renderAbortAlert, renderReminder } from '../cards/alert-card.ts';
import { renderRunCard } from '../cards/run-card.ts';
import { listApprovers } from '../domain/approval-rule.ts';
import type { RunId } from '../domain/ids.ts';
import { isOtherSight, type Progress } from '../domain/progress.ts';
import { wasApproved, type Run } from '../domain/run.ts';
import type { Announcer, Clock, MessageLedger, MessageRole } from '../runs/ports.ts';
import { isDeleted } from './channel-error.ts';
import { readSender } from './activity.ts';
import type { Members } from './members.ts';
import type { OutboundQueue } from './outbound-queue.ts';
import { postCard, updateCard, type InThread } from './speak.ts';

export type AnnouncerOptions = {
  readonly inThread: InThread;
  readonly queueOf: (conversationId: string) => OutboundQueue;
  readonly messages: MessageLedger;
  readonly members: Members;
  readonly clock: Clock;
  readonly freezeChanged: Announcer['freezeChanged'];
  /** Puts on a card what every card has to show. */
  readonly cover: (card: AdaptiveCard) => AdaptiveCard;
  readonly renderSummary: (run: Run) => Promise<AdaptiveCard>;
};

type Seen = { readonly run: Run; readonly progress?: Progress };

/** A card, and the version of the run that it shows. */
type Rendered = { readonly card: AdaptiveCard; readonly version: number };

type Delivery = {
  readonly run: Run;
  readonly role: MessageRole;
  readonly render: (context: TurnContext) => Rendered | Promise<Rendered>;
};

/**
 * Tells a conversation of its runs: one card that is updated in place, and posts of their own for what people must notice. What was seen last is what is
 * shown, however long it waited.
 */
export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { clock, queueOf, members } = options;
  const newest = new Map<RunId, Seen>();
  const push = (delivery: Delivery, how: { important: boolean; quiet?: boolean }) =>
    queueOf(delivery.run.origin.conversationId).push({
      key: `${delivery.role} ${delivery.run.id}`,
      ...how,
      send: () => deliver(delivery, options),
    });
  const renderNewest = async (run: Run, context: TurnContext): Promise<Rendered> => {
    const seen = newest.get(run.id) ?? { run };
    if (seen.run.phase === 'ended') newest.delete(run.id);
    const refreshFor =
      seen.run.phase === 'proposed' ? await findViewers(seen.run, context, members) : [];
    const card = renderRunCard(seen.run, {
      ...(seen.progress ? { progress: seen.progress } : {}),
      now: clock.now(),
      refreshFor,
    });
    return { card, version: seen.run.version };
  };
  const showCard = (run: Run, how: { important: boolean; quiet?: boolean }) =>
    push({ run, role: 'card', render: (context) => renderNewest(run, context) }, how);
  const say = (role: MessageRole, run: Run, card: AdaptiveCard) =>
    push({ run, role, render: () => ({ card, version: run.version }) }, { important: true });
  const sumUp = (run: Run) => {
    const render = async () => ({ card: await options.renderSummary(run), version: run.version });
    push({ run, role: 'summary', render }, { important: true });
  };
  return {
    runChanged(run) {
      const { trip } = run;
      newest.set(run.id, { ...newest.get(run.id), run });
      showCard(run, { important: true });
      if (trip && run.phase !== 'ended') say('notice', run, renderAbortAlert(run, trip));
      if (run.phase === 'ended' && wasApproved(run)) sumUp(run);
    },
    remind(run) {
      say('reminder', run, renderReminder(run, clock.now()));
    },
    freezeChanged: options.freezeChanged,
    progressed(run, progress) {
      const known = newest.get(run.id);
      const quiet = !isOtherSight(known?.progress, progress);
      const newer = known && known.run.version > run.version ? known.run : run;
      newest.set(run.id, { run: newer, progress });
      showCard(run, { important: false, quiet });
    },
  };
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

const isSaidOnce = (role: MessageRole) => role === 'notice' || role === 'reminder';

/** Updates the card where it stands, or posts it where there is none or somebody deleted it. A notice and a reminder are posted once. */
async function deliver(
  { run, role, render }: Delivery,
  { messages, inThread, cover }: AnnouncerOptions,
): Promise<void> {
  const known = await messages.find(run.id, role);
  if (isSaidOnce(role) && known) return;
  await inThread(run.origin, async (context) => {
    const { card: plain, version } = await render(context);
    const card = cover(plain);
    if (known && (await isUpdated(context, card, known.activityId))) {
      if (version > known.version) await messages.save(run.id, role, { ...known, version });
      return;
    }
    const activityId = await postCard(context, card, run.origin);
    if (activityId !== undefined) await messages.save(run.id, role, { activityId, version });
  });
}

function isUpdated(context: TurnContext, card: AdaptiveCard, activityId: string) {
  return updateCard(context, card, activityId).then(
    () => true,
    (error: unknown) => {
      if (isDeleted(error)) return false;
      throw error;
    },
  );
}
