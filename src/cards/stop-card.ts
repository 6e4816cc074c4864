import type { RunId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import { adviseRemoval, describeCarrying } from '../domain/describe-injection.ts';
import type { MeasuredUntil, StopOutcome, StopResult } from '../domain/stop-outcome.ts';
import { explainEnd } from '../domain/explain-end.ts';
import { printMore } from '../domain/print-more.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { printOutcome, toRunState } from './run-state.ts';
import template from './stop-card.json' with { type: 'json' };
import { cutText } from '../domain/visible-text.ts';
import { explainRefusal } from './stop-alerts.ts';
import { printClock } from '../domain/print-time.ts';
import { escapeMarkdown, longestName, prose, toMarkdown, type Item, type Text } from './text.ts';

/** A card has room for this many of each. */
const mostShown = 6;

/** Answers a request to stop: what is being stopped, and which proposals still wait. */
export function renderStopCard(
  outcome: Exclude<StopOutcome, { kind: 'cancelled-blindly' }>,
  unread: readonly string[] = [],
): AdaptiveCard {
  const notes = unread.slice(0, mostShown).map((word) => ({
    title: `I didn't understand "${word}"`,
    detail: prose`A stop that names no run stops every run of this conversation. \`status\` lists them.`,
  }));
  return outcome.kind === 'stopping' ? renderStopping(outcome, notes) : renderCalm(outcome, notes);
}

function renderStopping(result: StopResult, notes: readonly Item[]): AdaptiveCard {
  const { runs, hidden, disallowed, refused, unkept, measured } = result;
  const isWithdrawn = hidden.length === 0 && runs.every(({ end }) => end !== undefined);
  return render({
    heading: isWithdrawn ? '■ Withdrawn' : toHeading(result),
    intro: '',
    items: [
      ...limit(runs.map((run) => toItem(run, measured))),
      ...limit(hidden.map(toHiddenItem)),
      ...limit(refused.map(toRefusedItem)),
      ...toUnkept(unkept),
      ...disallowed.slice(0, mostShown).map(({ runId, rule }) => ({
        title: `You don't have permission to stop ${runId}`,
        detail: `chaos.yaml allows only ${rule.roles.join(' or ')}. A stop always takes effect; this one is recorded, and its proposer and approvers are told.`,
      })),
      ...toUnknown(result),
      ...toMoreWaiting(result),
      ...notes,
    ],
    waiting: result.waiting,
  });
}

function renderCalm(
  result: Pick<StopResult, 'waiting' | 'unknown' | 'ended'>,
  notes: readonly Item[],
): AdaptiveCard {
  return render({
    heading: 'Nothing is running here',
    intro: prose`Use \`stop all\` to stop the runs of every conversation.`,
    items: [...toUnknown(result), ...toMoreWaiting(result), ...notes],
    waiting: result.waiting,
  });
}

function render({
  heading,
  intro,
  items,
  waiting,
}: {
  heading: string;
  intro: Text;
  items: readonly Item[];
  waiting: readonly Run[];
}): AdaptiveCard {
  return expandTemplate(template, {
    speak: `${heading.replace(/^[■↻] /, '')}.`,
    heading,
    intro: toMarkdown(intro),
    items: items.map(({ title, detail }) => ({
      title: escapeMarkdown(title),
      detail: toMarkdown(detail),
    })),
    waiting: waiting.slice(0, mostShown).map(({ id, digest, proposal }) => ({
      title: escapeMarkdown(
        `◌ Still waiting for approval · ${cutText(proposal.title, longestName)} · ${id}`,
      ),
      detail: prose`Not withdrawn. \`stop ${id}\` withdraws it.`.markdown,
      runId: id,
      digest,
    })),
  });
}

/** Names a run by its id alone, for somebody who may not see it. */
export function toHiddenItem(runId: string): Item {
  return { title: `Run ${runId}`, detail: "You don't have permission to see this run." };
}

/**
 * Counts the runs whose faults could be stopped: those whose fault is gone have nothing to stop. How a hidden run stands is not told, so the heading
 * claims nothing of it.
 */
function toHeading({ runs, hidden, measured = [] }: StopResult): string {
  const count = runs.length + hidden.length - measured.length;
  if (count > 0)
    return `■ ${hidden.length > 0 ? 'Stop asked for' : 'Stopping'} ${printRuns(count)}`;
  return `↻ Nothing to stop: ${printRuns(measured.length)} only ${measured.length === 1 ? 'measures' : 'measure'} the recovery`;
}

const printRuns = (count: number) => (count === 1 ? '1 run' : `${count} runs`);

function toItem(run: Run, measured: StopResult['measured'] = []): Item {
  const title = `${toRunState(run).symbol} ${printOutcome(run)} · ${cutText(run.proposal.title, longestName)} · ${run.id}`;
  const own = measured.find(({ runId }) => runId === run.id);
  return { title, detail: own ? describeMeasured(run, own) : (explainEnd(run) ?? '') };
}

/** Says of a run whose fault is gone that it was not stopped, until when it is measured, and that it is recorded who asked. */
export function describeMeasured(run: Run, { until, isLatest, isRecorded }: MeasuredUntil): string {
  const when = until === undefined ? '' : ` until ${printClock(until)} UTC`;
  const latest = isLatest ? ' at the latest, if all of it can be measured' : '';
  const rest = `The run only measures the recovery now${when}${latest}.`;
  const recorded = isRecorded ? ' The journal has that you asked.' : '';
  return `${describeGone(run)} ${rest}${recorded}`;
}

/** An execution that is over may have left its fault on pods. */
function describeGone(run: Run): string {
  if (run.proposal.rehearsal) return 'No fault was active, and none will be.';
  const carrying = describeCarrying(run.carrying);
  if (carrying) return `There is nothing left to stop in Azure. ${carrying} ${adviseRemoval(run)}`;
  return run.execution?.state === 'failed'
    ? 'There is nothing left to stop in Azure, which did not confirm that the fault is gone.'
    : 'The fault is over in Azure already.';
}

/** Says that the fault of a run continues, why, and how a person ends it. */
export function toRefusedItem({ runId, refusal }: StopResult['refused'][number]): Item {
  const { heldUntil, suggestion } = refusal;
  const { why } = explainRefusal(refusal);
  return heldUntil === undefined
    ? {
        title: `✖ Azure has not accepted the stop of ${runId}`,
        detail: `${why} The bot keeps asking. ${suggestion}`,
      }
    : {
        title: `✖ The stop of ${runId} waits until ${printClock(heldUntil)} UTC`,
        detail: `${why} To end the fault now: ${suggestion}`,
      };
}

/** Says that nobody may know of these stops after a restart, in one item: a card is short of room. */
function toUnkept(runIds: readonly RunId[]): Item[] {
  if (runIds.length === 0) return [];
  const more = runIds.length - mostShown;
  const named = [...runIds.slice(0, mostShown), ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return [{ title: `The stop of ${named} is not recorded yet`, detail: unkeptStop }];
}

/** A stop that neither the database nor the disk has. */
export const unkeptStop =
  "Neither the database nor the bot's disk (DATA_DIR) took it: the journal gets it only if the bot is not restarted before the database is back.";

/** What was named and is of no use: everything here is stopped because of it. */
function toUnknown({ unknown, ended }: Pick<StopResult, 'unknown' | 'ended'>): Item[] {
  return [
    ...unknown
      .slice(0, mostShown)
      .map((id) => ({ title: `There is no run ${id}`, detail: prose`Use \`history\`.` })),
    ...ended
      .slice(0, mostShown)
      .map((id) => ({ title: `Run ${id} has already ended`, detail: '' })),
  ];
}

/** Says that not every proposal that waits is shown with its button. */
function toMoreWaiting({ waiting }: Pick<StopResult, 'waiting'>): Item[] {
  const more = waiting.length - mostShown;
  if (more <= 0) return [];
  const title = `${printMore(more, 'proposal')} ${more === 1 ? 'waits' : 'wait'} for approval`;
  return [{ title, detail: prose`Use \`status\`.` }];
}

function limit(items: readonly Item[]): readonly Item[] {
  const rest = items.length - mostShown;
  return rest <= 0
    ? items
    : [...items.slice(0, mostShown), { title: `And ${rest} more`, detail: prose`Use \`status\`.` }];
}
