import type { ExecutionId, RunId } from '../../src/domain/ids.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import type {
  Gap,
  NodeChange,
  PhaseMeasurement,
  PodChange,
  PredictionMeasurement,
  SecondMeasurement,
} from '../../src/domain/measurement.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { CarryingPod, EvidenceSource } from '../../src/domain/injection.ts';
import type { Recovery, RunEntry, RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
import { MetricHistory } from '../../src/evidence/metric-history.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { toEntryHash, toGenesisHash } from '../../src/store/hash-chain.ts';
import { approver, sampleProposal, sampleProposed, sha256, startOfTime } from './proposal.ts';

/** A run in seconds after the proposal, and what was lost in which of them. */
type Story = {
  readonly faultAt: number;
  readonly goneAt: number;
  readonly endAt: number;
  /** How many of the ten predictions of a second fail. */
  readonly lost: (second: number) => number;
  readonly changes: readonly (readonly [
    at: number,
    pod: string,
    kind: PodChange['kind'],
    detail: string,
    more?: Pick<PodChange, 'node' | 'replaces' | 'images'>,
  ])[];
  readonly nodes?: readonly (readonly [
    at: number,
    node: string,
    kind: NodeChange['kind'],
    detail: string,
  ])[];
  readonly leastReady: number;
  /** What a metric reads in a second. */
  readonly served?: (second: number) => number;
  readonly tripAt?: number;
  /** When the bot was away, in seconds. */
  readonly away?: readonly (readonly [from: number, until: number])[];
  /** When the last measurement begins; at once when absent. */
  readonly afterAt?: number;
  readonly recovery?: Recovery;
  readonly withoutLatency?: boolean;
  /** The pods that name themselves when they answer, each as many predictions as the others. */
  readonly named?: readonly string[];
  readonly approverName?: string;
  /** How the fault was seen; by nothing that journals once knew when absent. */
  readonly source?: EvidenceSource;
  /** What is known of the fault when it is over, beside its execution. */
  readonly over?: Partial<Extract<RunEvent, { type: 'fault-ended' }>>;
  /** The pods that carry the fault still at the end. */
  readonly carrying?: readonly CarryingPod[];
  readonly proposal?: Partial<Proposal>;
};

const runId = 'r-7k2mq4' as RunId;
export const executionId = '4BD1B3A2-0000-4000-8000-000000000001' as ExecutionId;
const baselineAt = 20;
/** Returns the time this many seconds after the proposal, ms since the epoch. */
export const toTime = (second: number) => startOfTime + Math.round(second * 1_000);

/** Something between 0 and 1 that is the same each time. */
export const jitter = (second: number) => Math.abs(Math.sin(second * 12.9898) * 43_758.5453) % 1;

const isAway = (second: number, { away = [] }: Story) =>
  away.some(([from, until]) => second >= from && second < until);

function toSecond(second: number, story: Story): SecondMeasurement {
  if (isAway(second, story))
    return { at: toTime(second), sent: 0, good: 0, failures: {}, unmeasured: 10 };
  const lost = story.lost(second);
  const slow = second >= story.faultAt && second < story.goneAt ? 1.4 : 1;
  const peak = lost > 0 ? 260 + 200 * jitter(second + 3) : 14 + 10 * jitter(second);
  return {
    at: toTime(second),
    sent: 10,
    good: 10 - lost,
    failures: lost === 0 ? {} : { refused: Math.ceil(lost / 2), timeout: Math.floor(lost / 2) },
    ...(story.withoutLatency || lost === 10
      ? {}
      : {
          p50Ms: (7 + 3 * jitter(second + 1)) * slow,
          p95Ms: 0.6 * peak * slow,
          p99Ms: peak * slow,
        }),
  };
}

/** A phase, with the seconds since the phase before was recorded. */
function toMeasurement(
  story: Story,
  from: number,
  until: number,
  recordedUntil = from,
): PhaseMeasurement {
  const predictions = toPredictions(story, from, until);
  const changes = story.changes.filter(([at]) => at >= from && at < until);
  const nodes = story.nodes?.filter(([at]) => at >= from && at < until) ?? [];
  return {
    startedAt: toTime(from),
    endedAt: toTime(until),
    predictions,
    seconds: toSeconds(story, recordedUntil, until),
    pods: {
      desired: 3,
      leastReady: changes.some(([, , kind]) => kind === 'not-ready') ? story.leastReady : 3,
      readyAtEnd: 3,
      changes: changes.map(([at, pod, kind, detail, more]) => ({
        at: toTime(at),
        pod,
        kind,
        detail,
        ...more,
      })),
    },
    ...(story.served ? { metrics: [toMetric(story.served, from, until)] } : {}),
    ...(nodes.length === 0
      ? {}
      : {
          nodes: nodes.map(([at, node, kind, detail]) => ({ at: toTime(at), node, kind, detail })),
        }),
  };
}

function toSeconds(story: Story, from: number, until: number): SecondMeasurement[] {
  return Array.from({ length: until - from }, (_, index) => toSecond(from + index, story));
}

function toPredictions(story: Story, from: number, until: number): PredictionMeasurement {
  const seconds = toSeconds(story, from, until);
  const sum = (of: (second: SecondMeasurement) => number) =>
    seconds.reduce((all, each) => all + of(each), 0);
  const [sent, good] = [sum((each) => each.sent), sum((each) => each.good)];
  const missed = sum(({ unmeasured = 0 }) => unmeasured);
  return {
    sent,
    good,
    failures: {
      ...(sent === good ? {} : { refused: sum((each) => each.failures.refused ?? 0) }),
      ...(sent === good ? {} : { timeout: sum((each) => each.failures.timeout ?? 0) }),
    },
    latency:
      good === 0 ? null : { p50Ms: 8.2, p95Ms: 16, p99Ms: sent === good ? 24 : 410, maxMs: 520 },
    within: [{ limitMs: 500, count: good }],
    schedule: { p50ErrorMs: 0.2, p99ErrorMs: 1.1, maxErrorMs: 3.9, missed },
    ...(missed === 0 ? {} : { unmeasured: { restart: missed }, gaps: toGaps(story, from, until) }),
    ...toPods(good, story.named ?? []),
  };
}

function toGaps({ away = [] }: Story, from: number, until: number): Gap[] {
  return away
    .map(([first, last]) => [Math.max(first, from), Math.min(last, until)] as const)
    .filter(([first, last]) => first < last)
    .map(([first, last]) => ({
      from: toTime(first),
      until: toTime(last),
      due: (last - first) * 10,
      reason: 'restart',
    }));
}

/** Read each five seconds, and once not to be had. */
function toMetric(served: (second: number) => number, from: number, until: number) {
  const history = new MetricHistory({ name: 'users-served', everyMs: 5_000 }, []);
  for (let second = from; second < until; second += 5) {
    const reading = second % 35 === 0 ? { problem: 'it answered 503' } : { value: served(second) };
    history.add(reading, toTime(second), []);
  }
  return history.measurement(toTime(from), toTime(until));
}

function toPods(good: number, named: readonly string[]) {
  const pods = named.map((pod, index) => {
    const answered = Math.floor((good + index) / named.length);
    return { pod, sent: answered, good: answered, failures: {} };
  });
  return pods.length > 0 ? { pods } : {};
}

/** The journal that such a story leaves, with the hashes that chain it. */
export function toJournal(story: Story): readonly (RunEntry & { readonly hash: string })[] {
  const { faultAt, goneAt, endAt, tripAt, approverName = approver.name, proposal } = story;
  const { afterAt = goneAt } = story;
  const { recovery = { podsReadyAfterMs: 4_000, predictionsGoodAfterMs: 1_000 } } = story;
  const { hypothesis } = sampleProposal(proposal);
  const judged = (measurement: PhaseMeasurement) => ({
    measurement,
    judgement: judgeHypothesis(hypothesis, measurement),
  });
  const [evidence] = toMeasurement(story, faultAt, goneAt).pods.changes;
  const reason = 'availability was 46% over the last 10s, under the floor of 50%';
  const guard = { kind: 'availability-floor', floor: 0.5, windowMs: 10_000 } as const;
  const digest = sampleProposed(proposal).digest;
  const events: readonly (readonly [number, RunEvent])[] = [
    [0, sampleProposed(proposal)],
    [
      12,
      {
        type: 'approved',
        by: { ...approver, name: approverName },
        memberOf: [],
        digest,
        via: { kind: 'card' },
      },
    ],
    [baselineAt, { type: 'baseline-started' }],
    [
      faultAt - 8,
      {
        type: 'baseline-judged',
        ...judged(toMeasurement(story, baselineAt, faultAt - 8)),
        steady: true,
      },
    ],
    [
      faultAt - 8,
      { type: 'experiment-prepared', experimentName: 'chaos-marshal-pod-failure-diabetes' },
    ],
    [faultAt - 7, { type: 'start-requested' }],
    [faultAt - 6, { type: 'started', executionId }],
    [faultAt + 1, { type: 'fault-active' }],
    ...(evidence ? [[faultAt + 2, toSeen(evidence, story)] as const] : []),
    ...(tripAt === undefined
      ? []
      : ([
          [tripAt, { type: 'guard-tripped', trip: { guard, reason } }],
          [tripAt, { type: 'cancel-requested', because: 'a guard tripped' }],
        ] as const)),
    [goneAt, { type: 'observed', ...judged(toMeasurement(story, faultAt, goneAt, faultAt - 8)) }],
    [
      goneAt,
      {
        type: 'fault-ended',
        execution: {
          executionId,
          state: tripAt === undefined ? 'succeeded' : 'cancelled',
          status: tripAt === undefined ? 'Success' : 'Cancelled',
        },
        ...story.over,
      },
    ],
    [
      endAt,
      {
        type: 'recovery-judged',
        ...judged(toMeasurement(story, afterAt, endAt, goneAt)),
        recovery,
        preparing: toPredictions(story, faultAt - 7, faultAt),
        waiting: toPredictions(story, goneAt, afterAt),
        ...(story.carrying ? { carrying: story.carrying } : {}),
      },
    ],
  ];
  const entries = events.map(([second, event], index): RunEntry => ({
    runId,
    sequence: index + 1,
    at: toTime(second),
    event,
  }));
  const last = {
    runId,
    sequence: entries.length + 1,
    at: toTime(endAt),
    event: { type: 'ended', ...concludeRun(foldRun(entries)) } as const,
  };
  return toChain([...entries, last]);
}

function toSeen(evidence: PodChange, { source }: Story): RunEvent {
  return { type: 'fault-seen', evidence: { ...evidence, ...(source ? { source } : {}) } };
}

function toChain(entries: readonly RunEntry[]) {
  let previousHash = toGenesisHash(runId, sha256);
  return entries.map((entry) => {
    previousHash = toEntryHash(entry, previousHash, sha256);
    return { ...entry, hash: previousHash };
  });
}
