import { expect, test } from '@jest/globals';
import type { FaultRecord } from '../../../src/domain/injection.ts';
import {
  correctRecord,
  findOwnRecords,
  type RecordsBefore,
} from '../../../src/evidence/injection/find-recorded.ts';
import { InjectionWatch } from '../../../src/runs/injection-watch.ts';
import type { Clock } from '../../../src/runs/ports/clock.ts';
import type { ClusterSight } from '../../../src/runs/ports/cluster-sight.ts';
import { sampleRun } from '../../support/proposal.ts';

const askedAt = 1_000_000;
const labels = { app: 'diabetes' };
const record = (uid: string, createdAt: number): FaultRecord => ({
  uid,
  name: uid,
  createdAt,
  action: 'pod-kill',
  labels,
  pods: [],
});

function findOwn(records: readonly FaultRecord[], before?: RecordsBefore): readonly string[] {
  const sought = { action: 'pod-kill', labels, askedAt, ...(before ? { before } : {}) } as const;
  return findOwnRecords(records, sought).map(({ uid }) => uid);
}

test.each([
  ['behind', -600_000],
  ['ahead', 600_000],
])(
  'a fault has the records that were not there before, where the clock of the cluster is %s',
  (_how, aheadMs) => {
    const old = record('old', askedAt - 30_000 + aheadMs);
    const own = record('own', askedAt + 2_000 + aheadMs);
    const before = { readAt: askedAt - 3_000, uids: ['old'] };
    expect(findOwn([old, own], before)).toEqual(['own']);
  },
);

test.each([-40_000, 600_000])(
  'what was recorded is dated by our clock, where that of the cluster is ahead by %d ms',
  (aheadMs) => {
    const pod = { namespace: 'default', pod: 'a', recoveredAt: askedAt + 63_000 + aheadMs };
    const own = {
      ...record('own', askedAt + 2_000 + aheadMs),
      readAt: askedAt + 4_000,
      pods: [{ ...pod, injectedAt: askedAt + 3_000 + aheadMs }],
    };
    const { pods } = correctRecord(own, askedAt);
    const { injectedAt = 0, recoveredAt = 0 } = pods[0] ?? {};
    expect(Math.abs((injectedAt ?? 0) - askedAt - 3_000)).toBeLessThanOrEqual(2_000);
    expect((recoveredAt ?? 0) - (injectedAt ?? 0)).toBe(60_000);
  },
);

test('what was recorded while the records were read keeps its time', async () => {
  const slowMs = 4_000;
  let now = askedAt + 5_000;
  const hitAt = now + slowMs - 500;
  const run = sampleRun();
  const { action } = run.proposal.fault;
  const pods = [{ namespace: 'default', pod: 'a', injectedAt: hitAt, recoveredAt: null }];
  const found = { ...record('own', hitAt), action, labels: run.proposal.service.selector, pods };
  const watch = new InjectionWatch({
    cluster: {
      readFaultRecords: () => {
        now += slowMs;
        return Promise.resolve([found]);
      },
    } as unknown as ClusterSight,
    clock: { now: () => now } as Clock,
    changes: () => [],
    view: () => ({ pods: [], confirmedAt: 0 }),
    isWatched: () => true,
    isClockSteady: () => true,
    resumeFrom: undefined,
  });
  const requested = { ...run, startRequestedAt: askedAt };
  await watch.look(requested);
  expect(watch.findHits(requested, {})).toMatchObject([{ pod: 'a', from: hitAt }]);
});

test('the clock decides where records were not read shortly before the start', () => {
  const records = [
    record('old', askedAt - 30_000),
    record('behind', askedAt - 4_000),
    record('own', askedAt + 2_000),
  ];
  expect(findOwn(records)).toEqual(['behind', 'own']);
  expect(findOwn(records, { readAt: askedAt - 16_000, uids: [] })).toEqual(['behind', 'own']);
});
