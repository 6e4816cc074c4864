import { describe, expect, test } from '@jest/globals';
import {
  findMismatches,
  findOthers,
  type Injected,
} from '../../../src/evidence/injection/compare-injection.ts';
import { findCarriers } from '../../../src/evidence/injection/find-carriers.ts';
import {
  findOwnRecords,
  markRead,
  toRecordedHits,
} from '../../../src/evidence/injection/find-recorded.ts';
import type { FaultRecord } from '../../../src/domain/injection.ts';
import type { PodChange, PodStatus } from '../../../src/domain/measurement.ts';

const hit = (pod: string, from = 1_000, until: number | null = 61_000) => ({ pod, from, until });
const find = (change: Partial<Injected> = {}) =>
  findMismatches({
    source: 'signature',
    fault: { action: 'pod-failure', mode: 'one', durationMs: 60_000 },
    approvedPods: 3,
    podsAtStart: 3,
    ownPods: new Set(['a', 'b', 'c']),
    hit: [hit('a')],
    unreplaced: [],
    isWatched: true,
    isTimed: true,
    executor: { startedAt: 0, stoppedAt: 62_000 },
    endedByUs: false,
    ...change,
  });

describe('a fault compared with what was approved', () => {
  test('is as approved when it hit as many pods for about as long', () => {
    expect(find()).toEqual([]);
    expect(find({ hit: [hit('a', 1_000, 52_000)] })).toEqual([]);
    expect(find({ executor: {} })).toEqual([]);
  });

  test('hit more pods, or others', () => {
    expect(find({ hit: [hit('a'), hit('b')] })).toEqual([
      { code: 'more-pods', hit: 2, approved: 1 },
    ]);
    expect(find({ hit: [hit('elsewhere')] })).toEqual([
      { code: 'other-pods', pods: ['elsewhere'] },
    ]);
  });

  test('hit fewer pods where records say so, or pods were observed all the time', () => {
    const fault = { action: 'pod-failure', mode: 'all', durationMs: 60_000 } as const;
    const fewer = [{ code: 'fewer-pods', hit: 1, approved: 3 }];
    expect(find({ fault, isWatched: false })).toEqual([]);
    expect(find({ fault })).toEqual(fewer);
    expect(find({ fault, isWatched: false, source: 'chaos-mesh' })).toEqual(fewer);
  });

  test('hit no fewer pods than approved where fewer were left by the start', () => {
    const fault = { action: 'pod-failure', mode: 'all', durationMs: 60_000 } as const;
    const both = [hit('a'), hit('b')];
    expect(find({ fault, podsAtStart: 2, hit: both })).toEqual([]);
    expect(find({ fault, podsAtStart: 2 })).toEqual([{ code: 'fewer-pods', hit: 1, approved: 2 }]);
    expect(find({ fault, podsAtStart: 4, hit: both })).toEqual([
      { code: 'fewer-pods', hit: 2, approved: 3 },
    ]);
  });

  test("may be somebody's doing where a pod ended and none took its place", () => {
    expect(find({ unreplaced: ['a'] })).toEqual([{ code: 'not-replaced', pods: ['a'] }]);
  });

  test('is not timed by what pods carried where our clock was set back', () => {
    const carried = { hit: [hit('a', 1_000, 21_000)] };
    expect(find(carried)).toMatchObject([{ code: 'too-short', lastedMs: 20_000 }]);
    expect(find({ ...carried, isTimed: false })).toEqual([]);
    const executor = { startedAt: 0, stoppedAt: 20_000 };
    expect(find({ executor, isTimed: false })).toMatchObject([{ code: 'too-short' }]);
  });

  test('lasted shorter or longer only where it did so whatever happened while nobody looked', () => {
    const unseen = (from: number, notBefore: number, until: number, goneNotBefore: number) => ({
      executor: {},
      hit: [{ ...hit('a', from, until), notBefore, goneNotBefore }],
    });
    expect(find(unseen(40_000, 1_000, 61_000, 60_000))).toEqual([]);
    expect(find(unseen(1_000, 1_000, 300_000, 60_000))).toEqual([]);
    expect(find(unseen(50_000, 40_000, 61_000, 60_000))).toMatchObject([
      { code: 'too-short', lastedMs: 21_000 },
    ]);
    expect(find(unseen(1_000, 1_000, 300_000, 200_000))).toMatchObject([
      { code: 'too-long', lastedMs: 199_000 },
    ]);
  });

  test('lasted much shorter or longer, unless the bot ended it', () => {
    const short = { hit: [hit('a', 1_000, 21_000)] };
    expect(find(short)).toEqual([{ code: 'too-short', lastedMs: 20_000, askedMs: 60_000 }]);
    expect(find({ hit: [hit('a', 1_000, 45_000)] })).toMatchObject([{ code: 'too-short' }]);
    expect(find({ hit: [hit('a', 1_000, 51_000)] })).toEqual([]);
    expect(find({ ...short, endedByUs: true })).toEqual([]);
    expect(find({ executor: { startedAt: 0, stoppedAt: 300_000 } })).toEqual([
      { code: 'too-long', lastedMs: 300_000, askedMs: 60_000 },
    ]);
  });

  test.each([
    [10_000, 5_900, 'too-short'],
    [10_000, 6_000, undefined],
    [10_000, 25_000, undefined],
    [10_000, 25_100, 'too-long'],
    [30_000, 61_000, 'too-long'],
    [60_000, 48_900, 'too-short'],
    [60_000, 120_000, undefined],
    [60_000, 121_000, 'too-long'],
    [600_000, 534_000, 'too-short'],
    [600_000, 780_000, undefined],
    [600_000, 781_000, 'too-long'],
  ])('of %d ms that lasts %d ms is %s', (durationMs, lastedMs, code) => {
    const fault = { action: 'pod-failure', mode: 'one', durationMs } as const;
    const expected = code === undefined ? [] : [{ code, lastedMs, askedMs: durationMs }];
    const carried = { fault, executor: {}, hit: [hit('a', 1_000, 1_000 + lastedMs)] };
    expect(find(carried)).toEqual(expected);
    const hits = { fault, hit: [hit('a', 1_000, null)] };
    expect(find({ ...hits, executor: { startedAt: 0, stoppedAt: lastedMs } })).toEqual(expected);
  });

  test('lasts until pods are rid of it where its executor left it behind', () => {
    const left = { isLeftBehind: true, executor: { startedAt: 0, stoppedAt: 23_000 } };
    const until = (at: number) => find({ ...left, hit: [hit('a', 1_000, at)] });
    expect(until(61_000)).toEqual([]);
    expect(until(91_000)).toEqual([{ code: 'too-long', lastedMs: 90_000, askedMs: 60_000 }]);
    expect(until(26_000)).toMatchObject([{ code: 'too-short', lastedMs: 25_000 }]);
    // The last of several pods.
    expect(find({ ...left, hit: [hit('a'), hit('b', 1_000, 91_000)] })).toMatchObject([
      { code: 'more-pods' },
      { code: 'too-long', lastedMs: 90_000 },
    ]);
  });

  test('has no end while pods carry it', () => {
    const carried = (at: number) =>
      find({ isLeftBehind: true, carriedAt: at, hit: [hit('a', 1_000, null)] });
    expect(carried(24_000)).toEqual([]);
    expect(carried(91_000)).toEqual([{ code: 'too-long', lastedMs: 90_000, askedMs: 60_000 }]);
  });

  test('lasts by the record of the executor where nothing is to be taken away', () => {
    const fault = { action: 'pod-kill', mode: 'one', durationMs: 60_000 } as const;
    const killed = { fault, hit: [hit('a', 1_000, null)] };
    expect(find(killed)).toEqual([]);
    expect(find({ ...killed, executor: { startedAt: 0, stoppedAt: 20_000 } })).toMatchObject([
      { code: 'too-short' },
    ]);
  });

  test('other pods that failed meanwhile are named, and those that were made meanwhile only once they were ready', () => {
    const change = (at: number, pod: string, kind: PodChange['kind']) => ({
      at,
      pod,
      kind,
      detail: '',
    });
    const changes = [
      change(5, 'early', 'deleted'),
      change(20, 'a', 'not-ready'),
      change(21, 'b', 'not-ready'),
      change(22, 'd', 'created'),
      change(23, 'd', 'not-ready'),
    ];
    expect(findOthers(changes, [hit('a')], { from: 10, until: 30 })).toEqual(['b']);
    const served = [...changes, change(24, 'd', 'ready'), change(28, 'd', 'not-ready')];
    expect(findOthers(served, [hit('a')], { from: 10, until: 30 })).toEqual(['b', 'd']);
    expect(findOthers(served, [hit('a')], { from: 10, until: 26 })).toEqual(['b']);
  });
});

describe('a pod that carries the fault', () => {
  const pause = 'gcr.io/google-containers/pause:latest';
  const pod = (image: string): PodStatus => ({
    namespace: 'default',
    name: 'a',
    uid: 'uid-a',
    node: 'n',
    ready: false,
    restarts: 1,
    terminating: false,
    images: { scoring: image },
  });
  const swapTo = (image: string): PodChange => ({
    at: 1,
    pod: 'a',
    uid: 'uid-a',
    kind: 'image',
    detail: '',
    images: { scoring: image },
    restored: false,
  });

  test('runs a pause image, or the image that was put in the place of its own', () => {
    expect(findCarriers([pod(pause)], [])).toEqual([{ pod: 'a', images: [pause] }]);
    expect(findCarriers([pod('other/sleep:1')], [swapTo('other/sleep:1')])).toHaveLength(1);
    expect(findCarriers([pod('registry.test/diabetes:1')], [swapTo(pause)])).toEqual([]);
    expect(findCarriers([{ ...pod(pause), terminating: true }], [])).toEqual([]);
    expect(findCarriers([], [swapTo(pause)])).toEqual([]);
  });

  test('is the one that was seen last while pods are not seen', () => {
    expect(findCarriers(undefined, [swapTo(pause)])).toEqual([{ pod: 'a', images: [pause] }]);
    const back = { ...swapTo('registry.test/diabetes:1'), restored: true };
    expect(findCarriers(undefined, [swapTo(pause), back])).toEqual([]);
  });
});

describe('the records of Chaos Mesh', () => {
  const record = (change: Partial<FaultRecord> = {}): FaultRecord => ({
    uid: 'u',
    name: 'r',
    createdAt: 10_000,
    action: 'pod-kill',
    labels: { app: 'diabetes' },
    pods: [
      { namespace: 'default', pod: 'a', injectedAt: 11_000, recoveredAt: null },
      { namespace: 'default', pod: 'b', injectedAt: null, recoveredAt: null },
    ],
    ...change,
  });
  const askedAt = 9_000;
  const sought = {
    action: 'pod-kill',
    labels: { app: 'diabetes' },
    askedAt,
    earliest: askedAt,
  } as const;

  test('count when they are of the same fault on the same pods since the start', () => {
    const others = [
      record({ action: 'pod-failure' }),
      record({ createdAt: 1_000 }),
      record({ labels: { app: 'other' } }),
    ];
    expect(findOwnRecords([...others, record()], sought)).toEqual([record()]);
  });

  test('name the pods that were hit, with what the cluster showed of them', () => {
    expect(toRecordedHits([record()], [], sought)).toMatchObject([
      { pod: 'a', from: 11_000, evidence: { pod: 'a', kind: 'deleted' } },
    ]);
    const evidence = { at: 11_300, pod: 'a', kind: 'not-ready' as const, detail: 'terminating' };
    const signed = [
      { ...hit('a', 11_300, null), evidence },
      { ...hit('b', 11_400, null), evidence: { ...evidence, pod: 'b' } },
    ];
    expect(toRecordedHits([record()], signed, sought)).toEqual([
      { pod: 'a', from: 11_000, until: null, evidence },
    ]);
  });

  test('date a hit by what the cluster showed where they do not tell when', () => {
    const evidence = { at: 11_300, pod: 'a', kind: 'not-ready' as const, detail: 'terminating' };
    const [pod] = record().pods;
    const timeless = { ...record(), pods: pod ? [{ ...pod, injectedAt: 0 }] : [] };
    const signed = [{ ...hit('a', 11_300, null), evidence }];
    expect(toRecordedHits([timeless], signed, sought)).toMatchObject([{ from: 11_300 }]);
  });

  test('without a time show a hit at some time before they were first read with it', () => {
    const [pod] = record().pods;
    const timeless = { ...record(), pods: pod ? [{ ...pod, injectedAt: 0 }] : [] };
    const waiting = { ...timeless, pods: pod ? [{ ...pod, injectedAt: null }] : [] };
    const hitRead = markRead(timeless, markRead(waiting, undefined, 12_000), 17_500);
    const again = markRead(timeless, hitRead, 22_000);
    expect(again.readAt).toBe(12_000);
    expect(toRecordedHits([again], [], sought)).toMatchObject([
      { from: 17_500, notBefore: askedAt, evidence: { at: 17_500, unseenSince: askedAt } },
    ]);
  });

  test('move a hit that the cluster showed by no more than it takes to tell, whatever their clock says', () => {
    const date = (skewMs: number, shown: Partial<PodChange>, notBefore?: number) => {
      const pods = record().pods.map((pod) => ({ ...pod, injectedAt: 20_000 + skewMs }));
      const evidence = { at: 20_000, pod: 'a', kind: 'not-ready', detail: '', ...shown } as const;
      const signed = { ...hit('a', 20_000, null), evidence };
      const seen = notBefore === undefined ? signed : { ...signed, notBefore };
      return toRecordedHits([record({ pods })], [seen], sought)[0]?.from;
    };
    expect(date(-1_000, {})).toBe(19_000);
    expect(date(-8_000, {})).toBe(18_000);
    expect(date(5_000, {})).toBe(20_000);
    // A restart comes long after the end of its container.
    expect(date(-8_000, { kind: 'restarted' })).toBe(12_000);
    expect(date(-8_000, { kind: 'restarted', endedAt: 20_000 })).toBe(18_000);
    expect(date(-8_000, {}, 15_000)).toBe(13_000);
    expect(date(-4_000, {}, 15_000)).toBe(16_000);
  });
});
