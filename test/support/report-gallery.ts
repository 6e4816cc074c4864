import { sampleProposal } from './proposal.ts';
import { executionId, jitter, toJournal, toTime } from './story-journal.ts';

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
const pause = 'gcr.io/google-containers/pause:latest';

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
  'not as approved': toJournal({
    faultAt: 60,
    goneAt: 120,
    leastReady: 1,
    endAt: 150,
    lost: (second) => ({ 60: 2, 61: 1 })[second] ?? 0,
    changes: [
      [60.4, a, 'not-ready', down],
      [60.5, b, 'not-ready', down],
      [70, c, 'restarted', 'restarted (exit code 1, Error)'],
      [119, a, 'ready', 'ready'],
      [119.4, b, 'ready', 'ready'],
    ],
    source: 'chaos-mesh',
    over: {
      injection: {
        source: 'chaos-mesh',
        hit: [
          { pod: a, from: toTime(60.2), until: toTime(119) },
          { pod: b, from: toTime(60.3), until: toTime(119.2) },
        ],
        others: [c],
        mismatches: [{ code: 'more-pods', hit: 2, approved: 1 }],
      },
    },
    proposal,
  }),
  'left behind': toJournal({
    faultAt: 60,
    goneAt: 120,
    leastReady: 2,
    endAt: 150,
    lost: (second) => ({ 60: 2, 61: 1 })[second] ?? 0,
    changes: [[60.4, a, 'image', 'images swapped', { images: { scoring: pause } }]],
    source: 'signature',
    over: {
      execution: {
        executionId,
        state: 'failed',
        status: 'Failed',
        problem: {
          message: 'The cluster could not be reached to remove the fault.',
          suggestion: 'Check that the cluster answers.',
        },
      },
      injection: {
        source: 'signature',
        hit: [{ pod: a, from: toTime(60.4), until: null }],
        others: [],
        mismatches: [],
      },
      carrying: [{ pod: a, images: [pause] }],
    },
    carrying: [{ pod: a, images: [pause] }],
    recovery: { podsReadyAfterMs: null, predictionsGoodAfterMs: 1_000, faultGoneAfterMs: null },
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
    over: {
      injection: {
        source: 'signature',
        hit: [{ pod: text, from: toTime(60), until: null }],
        others: [text],
        mismatches: [{ code: 'other-pods', pods: [text] }],
      },
      carrying: [{ pod: text, images: [text] }],
    },
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
