import { renderAbortAlert, renderReminder } from '../../src/cards/alert-card.ts';
import { cutRunPage } from '../../src/domain/run-page.ts';
import { renderAuditCard } from '../../src/cards/audit-card.ts';
import type { AdaptiveCard } from '../../src/cards/adaptive-card.ts';
import { renderDryRunCard } from '../../src/cards/dry-run-card.ts';
import {
  renderErrorCard,
  renderExperimentsCard,
  renderFrozenCard,
  renderHealthCard,
  renderHistoryCard,
  renderOverviewCard,
  renderProposedCard,
  renderStatusCard,
  runsOnPage,
  renderUnfrozenCard,
} from '../../src/cards/list-cards.ts';
import { renderRunCard } from '../../src/cards/run-card.ts';
import { renderExperimentChoice, renderRunForm } from '../../src/cards/run-form.ts';
import { renderPreparedCard } from '../../src/cards/prepared-card.ts';
import { renderCancelRefused, renderStopDisallowed } from '../../src/cards/stop-alerts.ts';
import { renderStopCard } from '../../src/cards/stop-card.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { renderEditedCard } from '../../src/cards/unread-cards.ts';
import type { ExperimentTemplate } from '../../src/domain/catalogue.ts';
import type { Guard } from '../../src/domain/guard.ts';
import type { MetricSignal, Tolerance } from '../../src/domain/hypothesis.ts';
import type { ObjectId, RunId } from '../../src/domain/ids.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { Run } from '../../src/domain/run.ts';
import { sampleProgress } from './card-gallery.ts';
import {
  approver,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
} from './proposal.ts';

/** How much of everything there is, and what it is called. */
export type Load = {
  readonly runs: number;
  readonly experiments: number;
  readonly pods: number;
  readonly people: number;
  readonly metrics: number;
  /** Stands wherever people, chaos.yaml or the cluster choose a text. */
  readonly text: string;
};

export const allGuards: readonly Guard[] = [
  { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 },
  { kind: 'lost-sight', afterMs: 10_000 },
  { kind: 'consecutive-failures', count: 20 },
  { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 },
  { kind: 'budget-cap', spendMs: 20_000 },
];

const many = <Item>(count: number, toItem: (index: number) => Item) =>
  Array.from({ length: count }, (_, index) => toItem(index));

/** A person whose name is the text, with another id for each number. */
function personOf(text: string, index: number): Person {
  const id = `${String(index).padStart(8, '0')}-0000-4000-8000-000000000009` as ObjectId;
  return { id, tenantId: sampleProposal().proposer.tenantId, name: `${text} ${index}` };
}

const toMetric = (index: number): MetricSignal => `metric(m${'etric'.repeat(10)}-${index})`;

/** What is proposed where there is very much of everything. */
function toLargeProposal({ pods, people, metrics, text }: Load): Partial<Proposal> {
  const sample = sampleProposal();
  const roles = ['service owner', 'on-call', text].map((name) => ({
    name,
    people: many(Math.ceil(people / 3), (index) => personOf(text, index + name.length * 1_000)),
    groups: many(3, () => ({ id: 'g' as ObjectId, name: text })),
  }));
  return {
    title: text,
    breakGlass: text,
    service: { ...sample.service, name: text },
    cluster: { ...sample.cluster, name: text },
    hypothesis: {
      title: text,
      tolerances: [
        ...sample.hypothesis.tolerances,
        ...many(metrics, (index): Tolerance => ({
          signal: toMetric(index),
          comparison: '<=',
          bound: 1.5e9 + index,
        })),
      ],
    },
    guards: allGuards,
    proposer: personOf(text, 0),
    approvalRule: { quorum: Math.max(1, people), roles, startWithinMs: 900_000 },
    blastRadius: {
      readAt: startOfTime,
      pods: many(pods, (index) => ({
        name: `${text}-${index}`,
        uid: `${index}`,
        node: text,
        ready: index % 3 > 0,
        imageIds: [],
      })),
      ready: pods,
      hit: { least: pods, most: pods },
      budgets: many(pods, (index) => ({
        name: `${text}-${index}`,
        disruptionsAllowed: index,
        currentHealthy: 1,
        desiredHealthy: 1,
        expectedPods: 1,
        pods: [],
      })),
      warnings: many(20, () => text),
    },
  };
}

type Loaded = { readonly load: Load; readonly proposal: Partial<Proposal> };

function toApprovals({ load: { people, text } }: Loaded): Run['approvals'] {
  return many(people, (index) => ({
    at: startOfTime,
    by: personOf(text, index + 13_000),
    memberOf: ['g' as ObjectId],
    digest: sampleRun().digest,
    via: { kind: 'card' },
  }));
}

/** A run with all of its phases, as far as this event, with what failed while the fault was active. */
function toLargeRun(loaded: Loaded, until?: RunEvent['type']): Run {
  const { load, proposal } = loaded;
  const lossy = sampleMeasurement({ sent: 600, good: 300, leastReady: 0 });
  const seconds = many(60, (index) => ({
    at: startOfTime + index * 1_000,
    sent: 10,
    good: index % 2 === 0 ? 10 : 0,
    failures: index % 2 === 0 ? {} : { refused: 5, 'server-error': 5 },
  }));
  const changes = many(Math.min(load.pods, 300), (index) => ({
    at: startOfTime + index * 900,
    pod: `${load.text}-${index}`,
    kind: 'restarted' as const,
    detail: load.text,
  }));
  const during = { ...lossy, seconds, pods: { ...lossy.pods, changes } };
  const course = sampleCourse({ during });
  const events = until
    ? course.slice(0, course.findIndex(({ type }) => type === until) + 1)
    : course;
  const rule = { ...(proposal.approvalRule ?? sampleProposal().approvalRule), quorum: 1 };
  const roles = rule.roles
    .map((role) => ({ ...role, people: [...role.people, approver] }))
    .slice(0, 1);
  const run = sampleRun(events, { ...proposal, approvalRule: { ...rule, roles } });
  return { ...run, approvals: toApprovals(loaded) };
}

function toStopped(run: Run, text: string): Run {
  const by = personOf(text, 7);
  return {
    ...run,
    phase: 'ended',
    stop: { by, at: startOfTime },
    trip: { guard: allGuards[0] as Guard, reason: text, at: startOfTime },
    end: { ending: 'stopped', verdict: 'deviated', why: `Stopped: ${text}`, at: startOfTime },
  };
}

/** Keys of chaos.yaml are short. */
const toKey = (text: string, index: number) => `${text.slice(0, 50)}-${index}`;

function toTemplates({ experiments, text }: Load, proposal: Partial<Proposal>) {
  return many(experiments, (index): ExperimentTemplate => ({
    ...sampleProposal(proposal),
    name: toKey(text, index),
    title: text,
    service: toKey(text, 0),
  }));
}

/** Every card that the bot renders, with this much of everything. */
export function toLargeCards(load: Load): Readonly<Record<string, AdaptiveCard>> {
  const { text } = load;
  // What a problem suggests is never what somebody typed.
  const suggestion = text.replaceAll('`', "'");
  const proposal = toLargeProposal(load);
  const loaded = { load, proposal };
  const now = startOfTime + 95_000;
  const proposed = sampleRun([], proposal);
  const active = toLargeRun(loaded, 'fault-active');
  const ended = toStopped(toLargeRun(loaded), text);
  const runs = many(load.runs, (index) => ({ ...ended, id: `r-${index}` as RunId }));
  const templates = toTemplates(load, proposal);
  const template = templates[0] ?? {
    ...sampleProposal(proposal),
    name: toKey(text, 0),
    service: toKey(text, 0),
  };
  const progress = sampleProgress(active, {
    note: text,
    metrics: many(load.metrics, (index) => ({
      name: toMetric(index).slice('metric('.length, -1),
      reading: index % 2 === 0 ? { value: 1e12 } : { problem: text },
    })),
  });
  const frozen = { at: now, by: { name: text }, reason: text };
  const held = {
    problem: 'azure-throttled',
    sentence: text,
    suggestion: text,
    portalUrl: 'https://portal.azure.com/',
    heldUntil: now,
  } as const;
  const typed = { duration: text, hypothesis: text, target: text, value: text, mode: text };
  return {
    proposed: renderRunCard(proposed, { now, refreshFor: many(60, () => '29:'.padEnd(90, 'x')) }),
    active: renderRunCard(active, { now, progress }),
    ended: renderRunCard(ended, { now }),
    summary: renderSummaryCard(ended, { reportUrl: `https://example.com/${'x'.repeat(300)}` }),
    alert: renderAbortAlert(active, { guard: allGuards[0] as Guard, reason: text }),
    reminder: renderReminder(proposed, now),
    'cancel refused': renderCancelRefused(active, {
      problem: 'azure-forbidden',
      status: 403,
      code: text,
      sentence: text,
      suggestion: text,
      portalUrl: 'https://portal.azure.com/',
    }),
    'cancel held': renderCancelRefused(active, held),
    'stop disallowed': renderStopDisallowed(active, {
      at: now,
      by: personOf(text, 3),
      scope: 'experiment',
      roles: many(load.people, () => text),
    }),
    stopping: renderStopCard({
      kind: 'stopping',
      runs,
      hidden: runs.map(({ id }) => id),
      waiting: many(load.runs, () => proposed),
      unknown: runs.map(({ id }) => id),
      ended: runs.map(({ id }) => id),
      disallowed: runs.map(({ id }) => ({ runId: id, rule: { scope: 'all', roles: [text] } })),
      unkept: runs.map(({ id }) => id),
      refused: runs.map(({ id }) => ({ runId: id, refusal: held })),
    }),
    prepared: renderPreparedCard({
      experimentName: text,
      kind: 'system-assigned',
      created: true,
      principalId: text,
      grants: many(3, () => text),
    }),
    dry: renderDryRunCard(proposed.proposal, { name: text, body: { text, pods: proposal } }),
    status: renderStatusCard(runs.map((run) => ({ run }))),
    'status, active': renderStatusCard(many(load.runs, () => ({ run: active, progress }))),
    history: renderHistoryCard(cutRunPage(runs, { page: 1, size: runsOnPage })),
    overview: renderOverviewCard(runs, { kind: 'summarize', span: '7d' }),
    experiments: renderExperimentsCard(templates),
    'proposed in private': renderProposedCard(proposed),
    frozen: renderFrozenCard(runs, {
      hidden: runs.map(({ id }) => id),
      refused: runs.map(({ id }) => ({ runId: id, refusal: held })),
    }),
    unfrozen: renderUnfrozenCard(frozen, frozen.by),
    health: renderHealthCard({
      at: now,
      checks: many(load.experiments, () => ({ name: text, ok: false, detail: text })),
    }),
    audit: renderAuditCard({
      report: { runs: 1, entries: 1, head: text, problem: { sequence: 1, what: text } },
      entries: many(load.runs, (index) => ({
        runId: proposed.id,
        sequence: index,
        at: now,
        event: { type: 'ended', ending: 'failed', verdict: null, why: text },
      })),
    }),
    error: renderErrorCard({
      message: text,
      suggestion,
      where: text,
      tryInstead: [text, text],
    }),
    edited: renderEditedCard(text),
    'form, choosing': renderExperimentChoice(templates, 'f-1'),
    'form, adjusting': renderRunForm({
      experiment: template,
      services: many(load.experiments, (index) => toKey(text, index)),
      formId: 'f-1',
      values: typed,
      problem: { message: text, suggestion },
      preview: { proposal: proposed.proposal, parameters: { tolerances: [], hypothesis: text } },
    }),
  };
}
