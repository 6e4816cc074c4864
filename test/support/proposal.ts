import { createHash } from 'node:crypto';
import type { ExecutionId, ObjectId, RunId } from '../../src/domain/ids.ts';
import type { PhaseMeasurement } from '../../src/domain/measurement.ts';
import type { ApprovalRule } from '../../src/domain/approval-rule.ts';
import type { Approver, Person } from '../../src/domain/person.ts';
import { toDigest, type Proposal } from '../../src/domain/proposal.ts';
import type { Origin, RunEntry, RunEvent } from '../../src/domain/run-event.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';

export const tenantId = '7d1f5c6e-0000-4000-8000-00000000aaaa';

export const proposer: Person = {
  id: '11111111-0000-4000-8000-000000000001' as ObjectId,
  tenantId,
  name: 'Priya Proposer',
};
export const approver: Person = {
  id: '22222222-0000-4000-8000-000000000002' as ObjectId,
  tenantId,
  name: 'Alex Approver',
};
export const bystander: Person = {
  id: '33333333-0000-4000-8000-000000000003' as ObjectId,
  tenantId,
  name: 'Bo Bystander',
};

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export const startOfTime = Date.UTC(2026, 10, 23, 9, 0, 0);

export const origin: Origin = {
  conversationId: '19:chaos@thread.tacv2;messageid=1',
  reference: {
    conversation: { id: '19:chaos@thread.tacv2;messageid=1' },
    serviceUrl: 'http://127.0.0.1:1',
  },
};

/** Anybody of these, alone. */
export function sampleRule(
  people: readonly Approver[],
  change: Partial<ApprovalRule> = {},
): ApprovalRule {
  const roles = [{ name: 'approver', people, groups: [] }];
  return { quorum: 1, roles, startWithinMs: 900_000, ...change };
}

/** A proposal as it stands for the lab's pod-failure on three ready pods, with what a test wants otherwise. */
export function sampleProposal(overrides: Partial<Proposal> = {}): Proposal {
  const pods = ['a', 'b', 'c'].map((letter) => ({
    name: `diabetes-7c9f-${letter}`,
    uid: `uid-${letter}`,
    node: `aks-nodepool1-vmss00000${letter}`,
    ready: true,
    imageIds: ['registry.example/diabetes@sha256:0f'],
  }));
  return {
    experiment: 'pod-failure',
    title: 'One pod fails',
    cluster: {
      name: 'aks',
      resourceId:
        '/subscriptions/5b1c/resourceGroups/chaos/providers/Microsoft.ContainerService/managedClusters/aks',
      location: 'westeurope',
    },
    service: {
      name: 'diabetes',
      cluster: 'aks',
      namespace: 'default',
      selector: { app: 'diabetes' },
      scoring: {
        uri: 'http://127.0.0.1:1/api/v1/service/diabetes/score',
        ratePerSecond: 10,
        timeoutMs: 1_000,
        golden: [{ input: { data: [[1]] }, expected: [2], absoluteTolerance: 0.01 }],
      },
    },
    fault: { action: 'pod-failure', mode: 'one', durationMs: 60_000 },
    hypothesis: {
      title: 'Predictions survive the loss of one pod',
      tolerances: [
        { signal: 'availability', comparison: '>=', bound: 0.95 },
        { signal: 'p95', comparison: '<=', bound: 500 },
        { signal: 'pods ready', comparison: '>=', bound: 2 },
      ],
    },
    guards: [
      { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 },
      { kind: 'lost-sight', afterMs: 10_000 },
    ],
    baselineMs: 30_000,
    recoveryLimitMs: 120_000,
    blastRadius: { readAt: startOfTime, pods, ready: 3, hit: { least: 1, most: 1 }, warnings: [] },
    approvalRule: sampleRule([approver]),
    limits: { protectedNamespaces: ['kube-system'] },
    conditions: { whenBusy: 'refuse', checks: [] },
    proposer,
    proposedAt: startOfTime,
    expiresAt: startOfTime + 1_800_000,
    ...overrides,
  };
}

/** The first event of a run, with its true digest. */
export function sampleProposed(
  overrides: Partial<Proposal> = {},
): Extract<RunEvent, { type: 'proposed' }> {
  const proposal = sampleProposal(overrides);
  return { type: 'proposed', proposal, digest: toDigest(proposal, sha256), origin };
}

/** A measured phase at 10/s without a gap; `good` of `sent` predictions, all within the latency bound. */
export function sampleMeasurement({
  sent = 600,
  good = sent,
  leastReady = 3,
}: { sent?: number; good?: number; leastReady?: number } = {}): PhaseMeasurement {
  return {
    startedAt: startOfTime,
    endedAt: startOfTime + sent * 100,
    predictions: {
      sent,
      good,
      failures: sent === good ? {} : { refused: sent - good },
      latency: good === 0 ? null : { p50Ms: 8, p95Ms: 14, p99Ms: 21, maxMs: 40 },
      within: [{ limitMs: 500, count: good }],
    },
    seconds: [],
    pods: { desired: 3, leastReady, readyAtEnd: 3, changes: [] },
  };
}

/** The run that these events fold to, one second apart, after its proposal. */
export function sampleRun(
  events: readonly RunEvent[] = [],
  overrides: Partial<Proposal> = {},
): Run {
  const proposed = sampleProposed(overrides);
  // An approval of the sample as it stands is meant for the sample as it is overridden.
  const isOfSample = (event: RunEvent) =>
    event.type === 'approved' && event.digest === sampleProposed().digest;
  const all: RunEvent[] = [
    proposed,
    ...events.map((event) => (isOfSample(event) ? { ...event, digest: proposed.digest } : event)),
  ];
  const runId = 'r-7k2mq4' as RunId;
  return foldRun(
    all.map((event, index): RunEntry => ({
      runId,
      sequence: index + 1,
      at: startOfTime + index * 1_000,
      event,
    })),
  );
}

/** The events of a run that went through all phases, up to and without its end. */
export function sampleCourse({
  during = sampleMeasurement({ sent: 600, good: 590, leastReady: 2 }),
  after = follow(during, sampleMeasurement({ sent: 300 })),
  seen = true,
}: { during?: PhaseMeasurement; after?: PhaseMeasurement; seen?: boolean } = {}): RunEvent[] {
  const { hypothesis } = sampleProposal();
  const baseline = sampleMeasurement({ sent: 300 });
  const judged = (measurement: PhaseMeasurement) => ({
    measurement,
    judgement: judgeHypothesis(hypothesis, measurement),
  });
  const executionId = '4BD1B3A2-0000-4000-8000-000000000001' as ExecutionId;
  const evidence = {
    at: startOfTime,
    pod: 'diabetes-7c9f-a',
    kind: 'restarted' as const,
    detail: 'restarted',
  };
  return [
    {
      type: 'approved',
      by: approver,
      memberOf: [],
      digest: sampleProposed().digest,
      via: { kind: 'card' },
    },
    { type: 'baseline-started' },
    { type: 'baseline-judged', ...judged(baseline), steady: true },
    { type: 'experiment-prepared', experimentName: 'chaos-marshal-pod-failure-diabetes' },
    { type: 'start-requested' },
    { type: 'started', executionId },
    { type: 'fault-active' },
    ...(seen ? [{ type: 'fault-seen' as const, evidence }] : []),
    { type: 'observed', ...judged(during) },
    { type: 'fault-ended', execution: { executionId, state: 'succeeded', status: 'Success' } },
    {
      type: 'recovery-judged',
      ...judged(after),
      recovery: { podsReadyAfterMs: 4_000, predictionsGoodAfterMs: 1_000 },
    },
  ];
}

/** Moves a measurement behind another one. */
function follow({ endedAt }: PhaseMeasurement, after: PhaseMeasurement): PhaseMeasurement {
  return { ...after, startedAt: endedAt, endedAt: endedAt + after.endedAt - after.startedAt };
}

/** The journal of a run that was judged, with hashes that chain nothing. */
export function sampleJournal(
  events: readonly RunEvent[] = sampleCourse(),
): readonly (RunEntry & { readonly hash: string })[] {
  return [sampleProposed(), ...events].map((event, index) => ({
    runId: 'r-7k2mq4' as RunId,
    sequence: index + 1,
    at: startOfTime + index * 1_000,
    event,
    hash: String(index),
  }));
}
