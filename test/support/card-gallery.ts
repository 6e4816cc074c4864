import type { AdaptiveCard } from '../../src/cards/adaptive-card.ts';
import {
  renderErrorCard,
  renderExperimentsCard,
  renderFrozenCard,
  renderUnfrozenCard,
  renderHealthCard,
  renderHelpCard,
  renderHistoryCard,
  renderOverviewCard,
  renderProposedCard,
  renderStatusCard,
  renderWelcomeCard,
} from '../../src/cards/list-cards.ts';
import { coverWithFreeze } from '../../src/cards/freeze-banner.ts';
import { renderExperimentChoice, renderRunForm } from '../../src/cards/run-form.ts';
import { renderRunCard } from '../../src/cards/run-card.ts';
import { renderAuditCard } from '../../src/cards/audit-card.ts';
import { renderDryRunCard } from '../../src/cards/dry-run-card.ts';
import { renderAbortAlert } from '../../src/cards/alert-card.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import type { ApprovalRule } from '../../src/domain/approval-rule.ts';
import type { ObjectId } from '../../src/domain/ids.ts';
import type { ExperimentTemplate } from '../../src/domain/catalogue.ts';
import type { PhaseMeasurement } from '../../src/domain/measurement.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { wasApproved, type Run } from '../../src/domain/run.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import {
  approver,
  bystander,
  proposer,
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleRun,
  startOfTime,
} from './proposal.ts';

const now = startOfTime + 95_000;

/** A phase in which the bot's machine could not keep the rate. */
const fewSent = sampleMeasurement({ sent: 40, good: 38, leastReady: 2 });
const heldUp: PhaseMeasurement = {
  ...fewSent,
  predictions: {
    ...fewSent.predictions,
    schedule: { p50ErrorMs: 0.2, p99ErrorMs: 640, maxErrorMs: 980, missed: 560 },
  },
};

/** What the bot sees in the middle of a fault: one pod of three down, a few predictions lost. */
export function sampleProgress(run: Run, change: Partial<Progress> = {}): Progress {
  const { predictions } = sampleMeasurement({ sent: 432, good: 421 });
  const { pods } = run.proposal.blastRadius;
  return {
    at: now,
    phase: run.phase,
    endsAt: now + 34_000,
    predictions: { ...predictions, failures: { 'server-error': 9, timeout: 2 } },
    seconds: Array.from({ length: 60 }, (_, index) => ({
      at: now - (60 - index) * 1_000,
      sent: 10,
      good: index === 40 ? 4 : 10,
      failures: {},
    })),
    pods: {
      confirmedAt: now - 1_500,
      pods: pods.map(({ name, uid, node }, index) => ({
        namespace: 'default',
        name,
        uid,
        node,
        terminating: false,
        ready: index !== 1,
        restarts: index === 1 ? 2 : 0,
        ...(index === 1 ? { reason: 'ContainersNotReady' } : {}),
      })),
    },
    changes: [
      { at: now - 12_000, pod: pods[1]?.name ?? '', kind: 'not-ready', detail: 'not ready' },
      { at: now - 9_000, pod: pods[1]?.name ?? '', kind: 'restarted', detail: 'restarted' },
    ],
    windows: [{ windowMs: 10_000, sent: 100, good: 97 }],
    note: 'The fault is active',
    ...change,
  };
}

const course = sampleCourse();
const upTo = (type: RunEvent['type']) =>
  course.slice(0, course.findIndex((event) => event.type === type) + 1);
const end = (ending: Extract<RunEvent, { type: 'ended' }>['ending'], why: string): RunEvent => ({
  type: 'ended',
  ending,
  verdict: null,
  why,
});
const ended = (events: RunEvent[]): Run => {
  const { ending, verdict, why } = concludeRun(sampleRun(events));
  return sampleRun([...events, { type: 'ended', ending, verdict, why }]);
};
const trip = {
  type: 'guard-tripped',
  trip: {
    guard: { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 },
    reason: 'availability was 31.0 % over 10s, below the floor of 50 %',
  },
} as const satisfies RunEvent;

const twoRoles: ApprovalRule = {
  quorum: 2,
  roles: [
    { name: 'service owner', people: [approver, bystander], groups: [] },
    { name: 'on-call', people: [], groups: [{ id: 'g' as ObjectId, name: 'Model on-call' }] },
  ],
  startWithinMs: 900_000,
};

/** One run in each of its states. */
export const sampleRuns: Readonly<Record<string, Run>> = {
  proposed: sampleRun([], {
    blastRadius: {
      ...sampleProposal().blastRadius,
      warnings: ['20s is short: few predictions will be seen under the fault.'],
    },
  }),
  'proposed, one of two': sampleRun(upTo('approved'), { approvalRule: twoRoles }),
  approved: sampleRun(upTo('approved')),
  baseline: sampleRun(upTo('baseline-started')),
  inject: sampleRun(upTo('start-requested')),
  observe: sampleRun(upTo('fault-active')),
  'observe, stop asked': sampleRun([
    ...upTo('fault-active'),
    { type: 'stop-requested', by: bystander, via: { kind: 'card' } },
  ]),
  'observe, guard tripped': sampleRun([...upTo('fault-active'), trip]),
  recover: sampleRun(upTo('fault-ended')),
  rejected: sampleRun([
    { type: 'rejected', by: bystander, via: { kind: 'card' } },
    end('rejected', 'Bo Bystander rejected it.'),
  ]),
  expired: sampleRun([{ type: 'expired' }, end('expired', 'Nobody decided in time.')]),
  held: ended(course),
  deviated: ended(
    sampleCourse({ during: sampleMeasurement({ sent: 600, good: 480, leastReady: 2 }) }),
  ),
  inconclusive: ended(sampleCourse({ during: heldUp })),
  void: ended(sampleCourse({ seen: false })),
  aborted: ended([...course.slice(0, -3), trip, ...course.slice(-3)]),
};

const template: ExperimentTemplate = {
  ...sampleProposal(),
  name: 'pod-failure',
  service: 'diabetes',
};

const form = { experiment: template, services: ['diabetes', 'fraud'], formId: 'f-1', values: {} };

/** Every card the bot can show, by name. */
export function toGallery(): Readonly<Record<string, AdaptiveCard>> {
  const runs = Object.entries(sampleRuns);
  const { proposed } = sampleRuns;
  if (!proposed) throw new Error('no sample');
  const live = (run: Run) => ['baseline', 'inject', 'observe', 'recover'].includes(run.phase);
  return {
    ...Object.fromEntries(
      runs.map(([name, run]) => [
        `run ${name}`,
        renderRunCard(run, live(run) ? { now, progress: sampleProgress(run) } : { now }),
      ]),
    ),
    ...Object.fromEntries(
      runs
        .filter(([, run]) => run.phase === 'ended' && wasApproved(run))
        .map(([name, run]) => [`summary ${name}`, renderSummaryCard(run)]),
    ),
    'run proposed, seen by the proposer': renderRunCard(proposed, { now, viewer: proposer }),
    'run proposed, seen by a bystander': renderRunCard(proposed, { now, viewer: bystander }),
    'run proposed, with views': renderRunCard(proposed, { now, refreshFor: ['29:a', '29:b'] }),
    'run observe, frozen': coverWithFreeze(
      renderRunCard(sampleRun(upTo('fault-active')), {
        now,
        progress: sampleProgress(sampleRun(upTo('fault-active'))),
      }),
      { at: now, by: { name: 'PagerDuty' }, reason: 'incident 4711' },
    ),
    frozen: renderFrozenCard([sampleRun(upTo('fault-active'))]),
    unfrozen: renderUnfrozenCard({ at: now, by: { name: 'PagerDuty' } }),
    'audit, whole': renderAuditCard({
      report: { runs: 3, entries: 41, head: '0f'.repeat(32) },
      entries: sampleCourse().map((event, index) => ({
        runId: proposed.id,
        sequence: index + 2,
        at: now,
        event,
      })),
    }),
    'audit, tampered with': renderAuditCard({
      report: {
        runs: 3,
        entries: 41,
        head: '0f'.repeat(32),
        problem: {
          runId: proposed.id,
          sequence: 4,
          what: 'the entry is not what was written, or not where',
        },
      },
    }),
    'dry run': renderDryRunCard(proposed.proposal, {
      name: 'chaos-marshal-pod-failure-diabetes',
      body: { location: 'westeurope', steps: [{ name: 'inject', branches: [] }] },
    }),
    aborting: renderAbortAlert(sampleRun(upTo('fault-active')), trip.trip),
    'proposed in private': renderProposedCard(proposed),
    'form, choosing': renderExperimentChoice([template], 'f-1'),
    'form, adjusting': renderRunForm({
      ...form,
      preview: { proposal: proposed.proposal, parameters: { durationMs: 20_000, tolerances: [] } },
    }),
    'form, a mistake': renderRunForm({
      ...form,
      values: { duration: 'soon' },
      problem: 'duration="soon" is not a duration. Write it as `90s`, `5m` or `1h`.',
    }),
    welcome: renderWelcomeCard(),
    status: renderStatusCard(runs.slice(0, 3).map(([, run]) => ({ run }))),
    'status, nothing': renderStatusCard([]),
    history: renderHistoryCard(runs.slice(8).map(([, run]) => run)),
    overview: renderOverviewCard(
      runs.slice(10).map(([, run]) => run),
      'today',
    ),
    experiments: renderExperimentsCard([template]),
    health: renderHealthCard({
      at: now,
      checks: [
        { name: 'store', ok: true, detail: 'answers' },
        { name: 'cluster aks', ok: false, detail: 'The Kubernetes API does not answer.' },
      ],
    }),
    help: renderHelpCard(),
    error: renderErrorCard({
      message: 'There is no experiment "pod-failur".',
      suggestion: 'Did you mean `run pod-failure`?',
      where: 'run ▸pod-failur◂ duration=90s',
    }),
  };
}
