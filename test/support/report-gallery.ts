import type { ExecutionId, RunId } from '../../src/domain/ids.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import { addReading, toUnread } from '../../src/domain/metric.ts';
import type {
  Gap,
  NodeChange,
  PhaseMeasurement,
  PodChange,
  PredictionMeasurement,
  SecondMeasurement,
} from '../../src/domain/measurement.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Recovery, RunEntry, RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
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
    more?: Pick<PodChange, 'node' | 'replaces'>,
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
  readonly proposal?: Partial<Proposal>;
};

const runId = 'r-7k2mq4' as RunId;
const executionId = '4BD1B3A2-0000-4000-8000-000000000001' as ExecutionId;
const baselineAt = 20;
const toTime = (second: number) => startOfTime + Math.round(second * 1_000);

/** Something between 0 and 1 that is the same each time. */
const jitter = (second: number) => Math.abs(Math.sin(second * 12.9898) * 43_758.5453) % 1;

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
  let measured = toUnread('users-served');
  for (let second = from; second < until; second += 5) {
    const reading = second % 35 === 0 ? { problem: 'it answered 503' } : { value: served(second) };
    measured = addReading(measured, reading, toTime(second));
  }
  return measured;
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
    ...(evidence ? [[faultAt + 2, { type: 'fault-seen', evidence }] as const] : []),
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

function toChain(entries: readonly RunEntry[]) {
  let previousHash = toGenesisHash(runId, sha256);
  return entries.map((entry) => {
    previousHash = toEntryHash(entry, previousHash, sha256);
    return { ...entry, hash: previousHash };
  });
}

const [a, b, c] = ['diabetes-7c9f6d-4xkqz', 'diabetes-7c9f6d-9wlrt', 'diabetes-7c9f6d-tz2mh'];
const d = 'diabetes-7c9f6d-nm5vd';
const pods = [a, b, c].map((name, index) => ({
  name,
  uid: `uid-${index}`,
  node: `aks-nodepool1-31415926-vmss00000${index}`,
  ready: true,
  imageIds: [`registry.example/diabetes@sha256:${'0f9e8d7c'.repeat(8)}`],
}));
const proposal = { blastRadius: { ...sampleProposal().blastRadius, pods } };
const down = 'not ready (ContainersNotReady)';

/** One journal for each outcome that people see. */
export const reportJournals = {
  held: toJournal({
    faultAt: 60,
    goneAt: 120,
    leastReady: 2,
    endAt: 150,
    lost: (second) => ({ 60: 2, 61: 1, 93: 1 })[second] ?? 0,
    changes: [
      [60.4, a, 'not-ready', down],
      [64, a, 'restarted', 'restarted (exit code 137, Error)'],
      [119, a, 'ready', 'ready'],
    ],
    proposal,
  }),
  deviated: toJournal({
    faultAt: 60,
    goneAt: 122,
    leastReady: 1,
    endAt: 156,
    lost: (second) => (second >= 60 && second < 74 ? 4 : second >= 96 && second < 101 ? 7 : 0),
    named: [a, b, c],
    changes: [
      [60.4, a, 'not-ready', down],
      [61.6, a, 'out-of-rotation', 'out of rotation of service diabetes'],
      [64, a, 'restarted', 'restarted (exit code 137, Error)'],
      [72, a, 'reason', 'CrashLoopBackOff (exit code 137, Error)'],
      [83, a, 'restarted', 'restarted (exit code 137, Error)'],
      [96, b, 'not-ready', 'not ready (terminating, evicted)'],
      [96.2, b, 'out-of-rotation', 'out of rotation of service diabetes (terminating)'],
      [96.5, d, 'created', `created in place of ${b}`, { replaces: b }],
      [96.6, d, 'placed', `placed on ${pods[2]?.node}`, { node: pods[2]?.node ?? '' }],
      [98, b, 'deleted', 'deleted'],
      [103, d, 'ready', 'ready'],
      [103.2, d, 'in-rotation', 'in rotation of service diabetes'],
      [124, a, 'ready', 'ready'],
      [124.3, a, 'in-rotation', 'in rotation of service diabetes'],
    ],
    nodes: [
      [95, pods[1]?.node ?? '', 'cordoned', 'cordoned'],
      [118, pods[1]?.node ?? '', 'not-ready', 'not ready (NodeStatusUnknown)'],
      [131, pods[1]?.node ?? '', 'rebooted', 'rebooted'],
      [132, pods[1]?.node ?? '', 'ready', 'ready'],
    ],
    served: (second) => (second >= 63 && second < 115 ? 97.2 + 2 * jitter(second) : 99.9),
    proposal: {
      ...proposal,
      service: {
        ...sampleProposal().service,
        metrics: [
          {
            name: 'users-served',
            everyMs: 5_000,
            source: { kind: 'prometheus', url: 'http://prometheus.example', query: 'served' },
          },
        ],
      },
      hypothesis: {
        ...sampleProposal().hypothesis,
        tolerances: [
          ...sampleProposal().hypothesis.tolerances,
          { signal: 'metric(users-served)', comparison: '>=', bound: 99.5 },
        ],
      },
    },
  }),
  aborted: toJournal({
    faultAt: 60,
    goneAt: 71,
    leastReady: 0,
    endAt: 101,
    lost: (second) => (second >= 61 && second < 72 ? (second % 2 === 0 ? 10 : 8) : 0),
    changes: [a, b, c].flatMap((pod, index) => [
      [60.5 + index / 4, pod, 'not-ready', down] as const,
      [73 + index, pod, 'ready', 'ready'] as const,
    ]),
    tripAt: 67,
    withoutLatency: true,
    proposal,
  }),
  interrupted: toJournal({
    faultAt: 60,
    goneAt: 120,
    leastReady: 2,
    afterAt: 131,
    endAt: 161,
    away: [
      [80, 87],
      [121, 125],
    ],
    recovery: {
      podsReadyAfterMs: 5_000,
      predictionsGoodAfterMs: 5_000,
      predictionsGoodNotBeforeMs: 1_000,
    },
    lost: (second) => ({ 58: 1, 60: 4, 61: 2, 120: 3 })[second] ?? 0,
    changes: [
      [60.4, a, 'not-ready', down],
      [64, a, 'restarted', 'restarted (exit code 137, Error)'],
      [119, a, 'ready', 'ready'],
    ],
    proposal,
  }),
  rehearsed: toJournal({
    faultAt: 60,
    goneAt: 120,
    endAt: 150,
    leastReady: 3,
    lost: () => 0,
    changes: [],
    proposal: { ...proposal, rehearsal: true, breakGlass: 'the auditors are here' },
  }),
};

/** A run in which this text stands wherever people and the cluster can write. */
export function withTexts(text: string) {
  const { blastRadius, cluster, proposer, service } = sampleProposal();
  return toJournal({
    faultAt: 60,
    goneAt: 76,
    endAt: 90,
    leastReady: 2,
    approverName: text,
    named: [text],
    lost: (second) => (second === 61 ? 3 : 0),
    changes: [
      [60, text, 'not-ready', text],
      [61, text, 'out-of-rotation', text],
      [62, `${text} again`, 'created', text, { replaces: text, node: text }],
    ],
    nodes: [[60, text, 'not-ready', text]],
    proposal: {
      title: text,
      hypothesis: { title: text, tolerances: [] },
      proposer: { ...proposer, name: text },
      cluster: { ...cluster, name: text },
      service: { ...service, name: text },
      blastRadius: { ...blastRadius, warnings: [text] },
    },
  });
}
