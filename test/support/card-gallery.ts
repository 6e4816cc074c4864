import type { AdaptiveCard } from '../../src/cards/adaptive-card.ts';
import { cutRunPage } from '../../src/domain/run-page.ts';
import {
  renderErrorCard,
  renderExperimentsCard,
  renderFrozenCard,
  renderUnfrozenCard,
  renderHealthCard,
  renderHistoryCard,
  renderOverviewCard,
  renderProposedCard,
  renderStatusCard,
  runsOnPage,
} from '../../src/cards/list-cards.ts';
import { renderHelpCard, renderWelcomeCard } from '../../src/cards/help-card.ts';
import { renderEditedCard, renderNoTextCard } from '../../src/cards/unread-cards.ts';
import { coverWithFreeze } from '../../src/cards/freeze-banner.ts';
import { renderExperimentChoice, renderRunForm } from '../../src/cards/run-form.ts';
import { renderRunCard } from '../../src/cards/run-card.ts';
import { renderAuditCard } from '../../src/cards/audit-card.ts';
import { renderDryRunCard } from '../../src/cards/dry-run-card.ts';
import { renderAbortAlert, renderReminder } from '../../src/cards/alert-card.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import type { ApprovalRule } from '../../src/domain/approval-rule.ts';
import type { Comparison } from '../../src/domain/compare-runs.ts';
import type { ObjectId, RunId } from '../../src/domain/ids.ts';
import type { ExperimentTemplate } from '../../src/domain/catalogue.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
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
const fewSent = sampleMeasurement({ sent: 40, good: 39, leastReady: 2 });
const heldUp: PhaseMeasurement = {
  ...fewSent,
  endedAt: startOfTime + 60_000,
  predictions: {
    ...fewSent.predictions,
    schedule: { p50ErrorMs: 0.2, p99ErrorMs: 640, maxErrorMs: 980, missed: 560 },
    unmeasured: { restart: 500, 'sent-late': 60 },
    gaps: [
      { from: startOfTime + 5_000, until: startOfTime + 55_000, due: 500, reason: 'restart' },
      { from: startOfTime + 56_000, until: startOfTime + 57_000, due: 60, reason: 'sent-late' },
    ],
  },
};

/** The bot was away when the service recovered. */
const interrupted = sampleCourse({ during: heldUp }).map((event) =>
  event.type === 'recovery-judged'
    ? {
        ...event,
        recovery: {
          ...event.recovery,
          podsReadyAfterMs: 96_000,
          podsReadyNotBeforeMs: 3_000,
          predictionsGoodAfterMs: 97_000,
          predictionsGoodNotBeforeMs: 1_000,
        },
      }
    : event,
);

/** The same in the middle of a fault: away for seven seconds. */
export function interruptedProgress(run: Run): Progress {
  const from = now - 30_000;
  const whole = sampleProgress(run);
  const gap = { from, until: from + 7_000, due: 70, reason: 'restart' } as const;
  return {
    ...whole,
    predictions: { ...whole.predictions, unmeasured: { restart: 70 }, gaps: [gap] },
    seconds: whole.seconds.map((second) =>
      second.at >= gap.from && second.at < gap.until
        ? { ...second, sent: 0, good: 0, unmeasured: 10 }
        : second,
    ),
  };
}

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
const ended = (events: RunEvent[], change: Partial<Proposal> = {}): Run => {
  const { ending, verdict, why } = concludeRun(sampleRun(events, change));
  return sampleRun([...events, { type: 'ended', ending, verdict, why }], change);
};
const trip = {
  type: 'guard-tripped',
  trip: {
    guard: { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 },
    reason: 'availability was 31.0 % over 10s, below the floor of 50 %',
  },
} as const satisfies RunEvent;
const cancelled = { type: 'cancel-requested', because: 'a guard tripped' } as const;

const objective = { availability: 0.999, overMs: 30 * 24 * 3_600_000 };

const twoRoles: ApprovalRule = {
  quorum: 2,
  roles: [
    { name: 'service owner', people: [approver, bystander], groups: [] },
    { name: 'on-call', people: [], groups: [{ id: 'g' as ObjectId, name: 'Model on-call' }] },
  ],
  startWithinMs: 900_000,
};

/** Half the predictions of 23 seconds lost while a pod was down and a node was cordoned, and five later with no cause to be seen. */
const withOutages = (phase: PhaseMeasurement): PhaseMeasurement => {
  const at = (second: number) => startOfTime + 10_000 + second * 1_000;
  const lostIn = (second: number) => (second >= 2 && second < 25 ? 5 : second === 48 ? 5 : 0);
  const seconds = Array.from({ length: 60 }, (_, second) => ({
    at: at(second),
    sent: 10,
    good: 10 - lostIn(second),
    failures: lostIn(second) === 0 ? {} : { refused: lostIn(second) },
  }));
  const pod = 'diabetes-7c9f-a';
  const changes = [
    { at: at(1), pod, kind: 'restarted', detail: 'restarted (exit code 137, Error)' },
    { at: at(2), pod, kind: 'not-ready', detail: 'not ready (readiness probe failed)' },
    {
      at: at(2.4),
      pod,
      kind: 'out-of-rotation',
      detail: 'out of rotation of service diabetes',
    },
    { at: at(24), pod, kind: 'ready', detail: 'ready' },
    { at: at(24.2), pod, kind: 'in-rotation', detail: 'in rotation of service diabetes' },
  ] as const;
  const node = 'aks-nodepool1-vmss00000a';
  const nodes = [
    { at: at(0), node, kind: 'cordoned', detail: 'cordoned' },
    { at: at(30), node, kind: 'uncordoned', detail: 'uncordoned' },
  ] as const;
  return { ...phase, seconds, pods: { ...phase.pods, changes }, nodes };
};

const withAllGuards = (run: Run): Run => ({
  ...run,
  proposal: {
    ...run.proposal,
    guards: [
      ...run.proposal.guards,
      { kind: 'consecutive-failures', count: 20 },
      { kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 },
      { kind: 'budget-cap', spendMs: 20_000 },
    ],
  },
});

/** One run in each of its states. */
export const sampleRuns: Readonly<Record<string, Run>> = {
  proposed: sampleRun([], {
    fault: { ...sampleProposal().fault, durationMs: 20_000 },
    hypothesis: {
      ...sampleProposal().hypothesis,
      tolerances: [
        { signal: 'availability', comparison: '>=', bound: 0.99 },
        { signal: 'correct', comparison: '>=', bound: 1 },
        { signal: 'p95', comparison: '<=', bound: 500 },
      ],
    },
    blastRadius: {
      ...sampleProposal().blastRadius,
      budgets: [
        {
          name: 'diabetes',
          disruptionsAllowed: 1,
          currentHealthy: 3,
          desiredHealthy: 2,
          expectedPods: 3,
          pods: sampleProposal().blastRadius.pods,
        },
      ],
    },
  }),
  'proposed, one of two': sampleRun(upTo('approved'), {
    approvalRule: twoRoles,
    service: { ...sampleProposal().service, objective },
    budgetSpentMs: 12_000,
  }),
  approved: sampleRun(upTo('approved')),
  'approved, waiting for its turn': sampleRun([
    ...upTo('approved'),
    { type: 'queued', behind: 'r-9w4txa' as RunId },
  ]),
  'proposed with break-glass': sampleRun([], {
    breakGlass: 'Verifying the fix of incident *4711*',
    approvalRule: { ...twoRoles, roles: twoRoles.roles.slice(0, 1) },
  }),
  'observe, rehearsal': sampleRun(upTo('fault-active'), { rehearsal: true }),
  rehearsed: ended(sampleCourse({ seen: false }), { rehearsal: true }),
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
    {
      type: 'rejected',
      by: bystander,
      reason: 'not on a Monday',
      via: { kind: 'card' },
    },
    end('rejected', 'Rejected: not on a Monday'),
  ]),
  expired: sampleRun([{ type: 'expired' }, end('expired', 'Nobody decided in time.')]),
  held: ended(course),
  deviated: ended(
    sampleCourse({
      during: withOutages(sampleMeasurement({ sent: 600, good: 480, leastReady: 2 })),
    }),
  ),
  inconclusive: ended(interrupted),
  void: ended(sampleCourse({ seen: false })),
  aborted: ended([...course.slice(0, -3), trip, cancelled, ...course.slice(-3)]),
};

const metricTolerances = [
  { signal: 'metric(users-served)', comparison: '>=', bound: 99.5 },
  { signal: 'metric(queue)', comparison: '<=', bound: 20 },
] as const;

const withMetrics = sampleRun(upTo('fault-active'), {
  hypothesis: {
    ...sampleProposal().hypothesis,
    tolerances: [...sampleProposal().hypothesis.tolerances, ...metricTolerances],
  },
});

const template: ExperimentTemplate = {
  ...sampleProposal(),
  name: 'pod-failure',
  service: 'diabetes',
};

const comparison: Comparison = {
  change: 'no-difference-can-be-told',
  now: { good: 590, sent: 600 },
  before: { good: 1_789, sent: 1_800 },
  runs: ['r-1', 'r-2', 'r-3'] as RunId[],
  measured: { difference: -0.0106, interval: { lower: -0.021, upper: -0.001 } },
  probability: 0.07,
  episodes: 17,
  neededEpisodes: 3,
  assumesRunsAlike: false,
};
const reportUrl = 'https://chaos.example.com/reports/r-7k2mq4?until=1&signature=x';

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
        renderRunCard(
          run,
          live(run)
            ? {
                now,
                progress: sampleProgress(
                  run,
                  run.proposal.rehearsal ? { note: 'As if the fault were active' } : {},
                ),
              }
            : { now },
        ),
      ]),
    ),
    ...Object.fromEntries(
      runs
        .filter(([, run]) => run.phase === 'ended' && wasApproved(run))
        .map(([name, run]) => [
          `summary ${name}`,
          renderSummaryCard(run, { reportUrl, comparison }),
        ]),
    ),
    'run proposed, seen by the proposer': renderRunCard(proposed, { now, viewer: proposer }),
    'run proposed, seen by a bystander': renderRunCard(proposed, { now, viewer: bystander }),
    'run proposed, with views': renderRunCard(proposed, { now, refreshFor: ['29:a', '29:b'] }),
    'run observe, interrupted': renderRunCard(sampleRun(upTo('fault-active')), {
      now,
      progress: interruptedProgress(sampleRun(upTo('fault-active'))),
    }),
    'run observe, all guards': renderRunCard(withAllGuards(sampleRun(upTo('fault-active'))), {
      now,
      progress: sampleProgress(sampleRun(upTo('fault-active'))),
    }),
    'run observe, metrics': renderRunCard(withMetrics, {
      now,
      progress: sampleProgress(withMetrics, {
        metrics: [
          { name: 'users-served', reading: { value: 98.71 } },
          { name: 'queue', reading: { problem: 'the query gives 0 series, not one' } },
        ],
      }),
    }),
    'run observe, frozen': coverWithFreeze(
      renderRunCard(sampleRun(upTo('fault-active')), {
        now,
        progress: sampleProgress(sampleRun(upTo('fault-active'))),
      }),
      { at: now, by: { name: 'PagerDuty' }, reason: 'incident 4711' },
    ),
    frozen: renderFrozenCard([sampleRun(upTo('fault-active'))]),
    unfrozen: renderUnfrozenCard({ at: now, by: { name: 'PagerDuty' } }, approver),
    'audit, whole': renderAuditCard({
      report: { runs: 3, entries: 41, head: '0f'.repeat(32) },
      entries: sampleCourse().map((event, index) => ({
        runId: proposed.id,
        sequence: index + 2,
        at: now,
        event,
      })),
    }),
    'audit, copied': renderAuditCard({
      report: { runs: 3, entries: 41, head: '0f'.repeat(32), copy: { entries: 39 } },
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
    reminder: renderReminder(proposed, proposed.proposal.expiresAt - 600_000),
    'proposed in private': renderProposedCard(proposed),
    'form, choosing': renderExperimentChoice([template], 'f-1'),
    'form, adjusting': renderRunForm({
      ...form,
      preview: { proposal: proposed.proposal, parameters: { durationMs: 20_000, tolerances: [] } },
    }),
    'form, a mistake': renderRunForm({
      ...form,
      values: { duration: 'soon' },
      problem: {
        message: 'duration="soon" is not a duration.',
        suggestion: 'Write it as `90s`, `5m` or `1h`.',
      },
    }),
    'form, metrics': renderRunForm({
      ...form,
      experiment: { ...template, hypothesis: withMetrics.proposal.hypothesis },
    }),
    welcome: renderWelcomeCard(),
    status: renderStatusCard(runs.slice(0, 3).map(([, run]) => ({ run }))),
    'status, many': renderStatusCard(Array.from({ length: 40 }, () => ({ run: proposed }))),
    'status, nothing': renderStatusCard([]),
    history: renderHistoryCard(
      cutRunPage(
        runs.slice(8).map(([, run]) => run),
        { page: 1, size: runsOnPage },
      ),
    ),
    overview: renderOverviewCard(
      runs.slice(10).map(([, run]) => run),
      { kind: 'summarize', span: 'today' },
    ),
    experiments: renderExperimentsCard([template]),
    health: renderHealthCard({
      at: now,
      checks: [
        { name: 'store', ok: true, detail: 'answers' },
        {
          name: 'cluster lab',
          ok: true,
          detail:
            'answered in 12 ms. What happens to nodes is not seen. Give its account list and watch on nodes, which are in no namespace.',
        },
        { name: 'cluster aks', ok: false, detail: 'The Kubernetes API does not answer.' },
      ],
    }),
    help: renderHelpCard(),
    error: renderErrorCard({
      message: 'There is no experiment "pod-failur".',
      suggestion: 'Did you mean `run pod-failure`?',
      where: 'run ▸pod-failur◂ duration=90s',
      tryInstead: ['run pod-failure duration=90s'],
    }),
    'a message without text': renderNoTextCard(),
    'an edited message': renderEditedCard('run pod-failure duration=90s'),
  };
}
