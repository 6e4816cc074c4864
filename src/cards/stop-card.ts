import type { Run } from '../domain/run.ts';
import type { StopOutcome, StopResult } from '../domain/stop-outcome.ts';
import { explainEnd } from '../domain/explain-end.ts';
import { expandTemplate, type AdaptiveCard } from './adaptive-card.ts';
import { printOutcome, toRunState } from './run-state.ts';
import template from './stop-card.json' with { type: 'json' };
import { escapeMarkdown, toProse } from './text.ts';

type Item = { readonly title: string; readonly detail: string };

/** A card has room for this many of each. */
const mostShown = 10;

/** Answers a request to stop: what is being stopped, and which proposals still wait. */
export function renderStopCard(
  outcome: Exclude<StopOutcome, { kind: 'cancelled-blindly' }>,
  unread: readonly string[] = [],
): AdaptiveCard {
  const notes = unread.map((word) => ({
    title: `I didn't understand "${word}"`,
    detail: 'A stop that names no run stops every run of this conversation. `status` lists them.',
  }));
  return outcome.kind === 'stopping' ? renderStopping(outcome, notes) : renderCalm(outcome, notes);
}

function renderStopping(result: StopResult, notes: readonly Item[]): AdaptiveCard {
  const { runs, hidden, disallowed } = result;
  const isWithdrawn = hidden.length === 0 && runs.every(({ end }) => end !== undefined);
  const count = runs.length + hidden.length;
  return render({
    heading: isWithdrawn ? '■ Withdrawn' : `■ Stopping ${count === 1 ? '1 run' : `${count} runs`}`,
    intro: '',
    items: [
      ...limit(runs.map(toItem)),
      ...limit(hidden.map(toHiddenItem)),
      ...disallowed.map(({ runId, rule }) => ({
        title: `You don't have permission to stop ${runId}`,
        detail: `chaos.yaml allows only ${rule.roles.join(' or ')}. A stop always takes effect; this one is recorded, and its proposer and approvers are told.`,
      })),
      ...toUnknown(result),
      ...notes,
    ],
    waiting: result.waiting,
  });
}

function renderCalm(
  { waiting, unknown }: Pick<StopResult, 'waiting' | 'unknown'>,
  notes: readonly Item[],
): AdaptiveCard {
  return render({
    heading: 'Nothing is running here',
    intro: 'Use `stop all` to stop the runs of every conversation.',
    items: [...toUnknown({ unknown }), ...notes],
    waiting,
  });
}

function render({
  heading,
  intro,
  items,
  waiting,
}: {
  heading: string;
  intro: string;
  items: readonly Item[];
  waiting: readonly Run[];
}): AdaptiveCard {
  return expandTemplate(template, {
    speak: `${heading.replace('■ ', '')}.`,
    heading,
    intro: toProse(intro),
    items: items.map(({ title, detail }) => ({
      title: escapeMarkdown(title),
      detail: toProse(detail),
    })),
    waiting: waiting.slice(0, mostShown).map(({ id, digest, proposal }) => ({
      title: escapeMarkdown(`◌ Still waiting for approval · ${proposal.title} · ${id}`),
      detail: toProse(`Not withdrawn. \`stop ${id}\` withdraws it.`),
      runId: id,
      digest,
    })),
  });
}

/** Names a run by its id alone, for somebody who may not see it. */
export function toHiddenItem(runId: string): Item {
  return { title: `Run ${runId}`, detail: "You don't have permission to see this run." };
}

function toItem(run: Run): Item {
  const title = `${toRunState(run).symbol} ${printOutcome(run)} · ${run.proposal.title} · ${run.id}`;
  return { title, detail: explainEnd(run) ?? '' };
}

function toUnknown({ unknown }: Pick<StopResult, 'unknown'>): Item[] {
  return unknown.map((id) => ({ title: `There is no run ${id}`, detail: 'Use `history`.' }));
}

function limit(items: readonly Item[]): readonly Item[] {
  const rest = items.length - mostShown;
  return rest <= 0
    ? items
    : [...items.slice(0, mostShown), { title: `And ${rest} more`, detail: 'Use `status`.' }];
}
