import type { AdaptiveCard } from '../../../src/cards/adaptive-card.ts';
import { cutRunPage } from '../../../src/domain/run-page.ts';
import { renderAbortAlert, renderReminder } from '../../../src/cards/alert-card.ts';
import { renderAuditCard } from '../../../src/cards/audit-card.ts';
import { coverWithFreeze } from '../../../src/cards/freeze-banner.ts';
import {
  renderFrozenCard,
  renderHistoryCard,
  renderOverviewCard,
  renderProposedCard,
  renderStatusCard,
  runsOnPage,
} from '../../../src/cards/list-cards.ts';
import { renderRunCard } from '../../../src/cards/run-card.ts';
import { renderSummaryCard } from '../../../src/cards/summary-card.ts';
import type { RunEvent } from '../../../src/domain/run-event.ts';
import { wasApproved } from '../../../src/domain/run.ts';
import { toGallery } from '../card-gallery.ts';
import { toMoment, type Moment } from './live-progress.ts';
import {
  compareRecorded,
  readRecorded,
  recordedNames,
  type RecordedName,
  type RecordedRun,
} from './recorded-runs.ts';

/**
 * Every card of the documentation by name. Cards of runs are drawn from the recorded runs; those of a state that was not recorded, and those that show no run,
 * from made-up ones.
 */
export function toCardPictures(): Readonly<Record<string, AdaptiveCard>> {
  return {
    ...toGallery(),
    ...toProposalCards(),
    ...toLiveCards(),
    ...Object.fromEntries(recordedNames.flatMap((name) => toEndedCards(name))),
    ...toListCards(),
  };
}

function toProposalCards(): Record<string, AdaptiveCard> {
  const { run, now } = toTime('held', 'proposed');
  const { proposer } = run.proposal;
  const viewer = readRecorded('stopped').run.stop?.by;
  if (!viewer) throw new Error('Nobody stopped the run that is recorded as stopped.');
  return {
    'run proposed': renderRunCard(run, { now }),
    'run proposed, seen by the proposer': renderRunCard(run, { now, viewer: proposer }),
    'run proposed, seen by a bystander': renderRunCard(run, { now, viewer }),
    'run proposed, with views': renderRunCard(run, { now, refreshFor: ['29:a', '29:b'] }),
    'proposed in private': renderProposedCard(run),
    reminder: renderReminder(run, run.proposal.expiresAt - 600_000),
    'run approved': show(toTime('held', 'approved')),
  };
}

function toLiveCards(): Record<string, AdaptiveCard> {
  const observe = toTime('held', 'fault-active', 30);
  const tripped = toTime('aborted', 'guard-tripped', 1);
  const { trip } = tripped.run;
  if (!trip) throw new Error('No guard ended the run that is recorded as aborted.');
  const freeze = { at: observe.now, by: { name: 'PagerDuty' }, reason: 'incident 4711' };
  return {
    'run baseline': show(toTime('held', 'baseline-started', 15)),
    'run inject': show(toTime('held', 'start-requested', 1)),
    'run observe': show(observe),
    'run observe, frozen': coverWithFreeze(show(observe), freeze),
    frozen: renderFrozenCard([observe.run]),
    'run observe, rehearsal': show(toTime('rehearsed', 'fault-active', 30)),
    'run observe, stop asked': show(toTime('stopped', 'stop-requested')),
    'run observe, guard tripped': show(tripped),
    aborting: renderAbortAlert(tripped.run, trip),
    'run observe, interrupted': show(toInterrupted()),
    'run recover': show(toTime('held', 'fault-ended', 10)),
  };
}

/** Some seconds after the bot was back. */
function toInterrupted(): Moment {
  const recorded = readRecorded('interrupted');
  const [gap] = recorded.run.observed?.measurement.predictions.gaps ?? [];
  if (!gap) throw new Error('The run that is recorded as interrupted has no gap.');
  return toMoment(recorded, gap.until + 15_000);
}

function toEndedCards(name: RecordedName): (readonly [string, AdaptiveCard])[] {
  const recorded = readRecorded(name);
  const { run } = recorded;
  const now = run.end?.at ?? run.phaseSince;
  const card = [`run ${name}`, renderRunCard(run, { now })] as const;
  return wasApproved(run) ? [card, [`summary ${name}`, toSummaryCard(recorded)]] : [card];
}

/** The summary of a recorded run as its bot posted it. */
export function toSummaryCard(recorded: RecordedRun): AdaptiveCard {
  const comparison = compareRecorded(recorded);
  return renderSummaryCard(recorded.run, {
    reportUrl: `https://chaos.example.com/reports/${recorded.run.id}?until=1&signature=x`,
    ...(comparison ? { comparison } : {}),
  });
}

function toListCards(): Record<string, AdaptiveCard> {
  const recorded = recordedNames
    .map(readRecorded)
    .toSorted((a, b) => b.run.proposal.proposedAt - a.run.proposal.proposedAt);
  const runs = recorded.map(({ run }) => run);
  const entries = readRecorded('held').journal;
  return {
    status: renderStatusCard([toTime('held', 'fault-active', 30)]),
    history: renderHistoryCard(cutRunPage(runs, { page: 1, size: runsOnPage })),
    overview: renderOverviewCard(runs, { kind: 'summarize', span: 'today' }),
    'audit, whole': renderAuditCard({
      report: {
        runs: runs.length,
        entries: recorded.reduce((sum, { journal }) => sum + journal.length, 0),
        head: recorded[0]?.journal.at(-1)?.hash ?? null,
      },
      entries,
    }),
  };
}

/** A recorded run so many seconds after it had an event. */
function toTime(name: RecordedName, type: RunEvent['type'], seconds = 0): Moment {
  const recorded = readRecorded(name);
  const entry = recorded.journal.find(({ event }) => event.type === type);
  if (!entry) throw new Error(`The run that is recorded as ${name} has no ${type}.`);
  return toMoment(recorded, entry.at + seconds * 1_000);
}

function show({ run, now, progress }: Moment): AdaptiveCard {
  return renderRunCard(run, { now, ...(progress ? { progress } : {}) });
}
