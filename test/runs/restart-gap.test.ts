import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sample } from '../../src/domain/sample.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { SightProblem } from '../../src/domain/sight-problem.ts';
import { describeChange } from '../../src/domain/describe-change.ts';
import { countDue, type PodStatus } from '../../src/domain/measurement.ts';
import type { Surroundings } from '../../src/domain/surroundings.ts';
import { createSampleFiles } from '../../src/predictions/samples/sample-files.ts';
import type { SampleStore } from '../../src/runs/ports/sample-store.ts';
import { sampleRun, startOfTime } from '../support/proposal.ts';
import { createMonitorStage, toMeasured, type MonitorStage } from '../support/recorded-run.ts';

const runId: RunId = sampleRun().id;
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const at = (second: number) => startOfTime + second * 1_000;

let folder: string;
let samples: SampleStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'restart-gap-'));
  samples = createSampleFiles({ folder, maxBytes: 1_000_000_000, log });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Ten predictions a second, all good, each at the beginning of its tenth. */
const good = (from: number, until: number) =>
  Array.from({ length: Math.round((until - from) * 10) }, (_, index) =>
    toMeasured(at(from) + index * 100),
  );
const deliver = ({ deliver: give }: MonitorStage, from: number, until: number) =>
  give({ results: good(from, until), knownUntil: at(until) });

async function readLines(): Promise<readonly string[]> {
  let text = '';
  for await (const some of samples.readCsv(runId, () => 'fault')) text += some;
  return text.trimEnd().split('\n').slice(1);
}

/** A run that is killed 3.5 s after its last checkpoint, at second 13.5, and conducted again from second 20 on. */
async function interrupt() {
  const first = createMonitorStage({ samples });
  first.monitor.begin('baseline', at(0));
  deliver(first, 0, 5);
  first.monitor.begin('inject', at(5));
  first.monitor.begin('preparing', at(6));
  first.monitor.begin('observe', at(8));
  deliver(first, 5, 10);
  const checkpoint = first.monitor.checkpoint('observe');
  await first.monitor.keepSamples();
  deliver(first, 10, 13.5);
  await first.monitor.close();
  const second = createMonitorStage({ samples, checkpoint });
  second.monitor.begin('observe', at(8));
  deliver(second, 20, 22);
  second.monitor.begin('waiting', at(22));
  deliver(second, 22, 23);
  second.monitor.begin('recover', at(23));
  second.monitor.finish(at(25));
  deliver(second, 23, 25);
  return second.monitor;
}

describe('a run that a restart interrupted', () => {
  test('has a gap from the checkpoint on, counted in its phase', async () => {
    const monitor = await interrupt();
    const { predictions } = monitor.measurement('observe');
    expect(predictions).toMatchObject({
      sent: 40,
      good: 40,
      unmeasured: { restart: 100 },
      gaps: [{ from: at(10), until: at(20), due: 100, reason: 'restart' }],
    });
    expect(countDue(predictions)).toBe(140);
    await monitor.close();
  });

  test('has one line in its CSV for each due prediction, measured or not, in the phase in which it was due', async () => {
    const monitor = await interrupt();
    await monitor.close();
    const lines = (await readLines()).map((line) => line.split(','));
    expect(lines).toHaveLength(250);
    const outcomes = (from: number, until: number) => {
      const within = lines.filter(([due = '']) => {
        const dueAt = Date.parse(due);
        return dueAt >= at(from) && dueAt < at(until);
      });
      const byOutcome = Map.groupBy(within, ([, , outcome = '']) => outcome);
      return Object.fromEntries(Array.from(byOutcome, ([outcome, some]) => [outcome, some.length]));
    };
    // What was measured between the checkpoint and the kill was kept, and is not said to be unmeasured as well.
    expect(outcomes(10, 13.5)).toEqual({ good: 35 });
    expect(outcomes(13.5, 20)).toEqual({ restart: 65 });
    const kept: Sample[] = [];
    for await (const some of samples.read(runId)) kept.push(...some);
    const phases = Map.groupBy(kept, ({ phase }) => phase);
    expect(Array.from(phases, ([phase, some]) => [phase, some.length])).toEqual([
      ['baseline', 50],
      ['inject', 30],
      ['observe', 140],
      ['recover', 30],
    ]);
  });

  test('tells what was measured between its phases as far as it was', async () => {
    const monitor = await interrupt();
    expect(monitor.between()).toMatchObject({
      beforeStart: { sent: 10, good: 10 },
      preparing: { sent: 20, good: 20 },
      waiting: { sent: 10, good: 10 },
    });
    await monitor.close();
  });
});

describe('the pods of a run that a restart interrupted', () => {
  const pod = (name: string, change: Partial<PodStatus> = {}): PodStatus => ({
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    node: 'aks-0',
    ready: true,
    restarts: 0,
    terminating: false,
    ...change,
  });

  function seeAgain(before: readonly PodStatus[], now: readonly PodStatus[], second = 20) {
    const first = createMonitorStage({ at: at(9) });
    first.setNow(at(10));
    first.show(before);
    first.monitor.begin('baseline', at(0));
    deliver(first, 0, 10);
    const checkpoint = first.monitor.checkpoint('baseline');
    const later = createMonitorStage({ checkpoint });
    later.setNow(at(second));
    later.show(now);
    later.monitor.begin('baseline');
    deliver(later, second, second + 1);
    return later.monitor;
  }

  test('are shown as changed while not observed where they differ from before', () => {
    const now = [
      pod('b', { restarts: 1 }),
      pod('c', { ready: false, reason: 'Pending' }),
      pod('d'),
    ];
    const monitor = seeAgain([pod('a'), pod('b'), pod('c')], now);
    const { changes } = monitor.measurement('baseline').pods;
    expect(changes.map((change) => `${change.pod}: ${describeChange(change)}`)).toEqual([
      'a: deleted (changed while not observed)',
      'b: restarted (changed while not observed)',
      'c: not ready (Pending) (changed while not observed)',
      'd: created (changed while not observed)',
      'd: ready (changed while not observed)',
    ]);
    expect(changes[0]).toMatchObject({ at: at(20), unseenSince: at(10) });
  });

  test('have a gap until they are seen again, in the phase and in the next checkpoint', () => {
    const monitor = seeAgain([pod('a')], [pod('a')], 25);
    const gap = { from: at(10), until: at(25), cause: { code: 'restart' } };
    monitor.begin('inject', at(25));
    expect(monitor.measurement('baseline').pods.gaps).toEqual([gap]);
    expect(monitor.checkpoint('baseline').podsUnseen).toEqual({ seenAt: at(25), spans: [gap] });
  });

  test('have a gap however short the bot was away', () => {
    const monitor = seeAgain([pod('a')], [pod('a')], 14);
    monitor.begin('inject', at(14));
    expect(monitor.measurement('baseline').pods).toMatchObject({
      unseenMs: 4_000,
      gaps: [{ from: at(10), until: at(14), cause: { code: 'restart' } }],
    });
  });

  test('have a gap while the cluster cannot be read, cut where a phase ends', () => {
    const stage = createMonitorStage({ at: at(0) });
    const look = (second: number, problem?: SightProblem) => {
      stage.setNow(at(second));
      stage.show([pod('a')], problem);
      deliver(stage, second - 1, second);
    };
    stage.monitor.begin('baseline', at(0));
    for (const second of [1, 2, 3]) look(second);
    look(4, { code: 'forbidden' });
    look(20, { code: 'connection-refused' });
    stage.monitor.begin('inject', at(15));
    stage.monitor.begin('observe', at(15));
    const before = stage.monitor.measurement('baseline').pods;
    look(24);
    look(25);
    stage.monitor.begin('waiting', at(25));
    const { pods } = stage.monitor.measurement('observe');
    const cause = { code: 'forbidden' };
    expect(before).toMatchObject({
      unseenMs: 12_000,
      gaps: [{ from: at(3), until: at(15), cause }],
    });
    expect(pods.gaps).toEqual([{ from: at(15), until: at(24), cause }]);
  });

  test('have a gap for a pause, in which nobody could look', () => {
    const stage = createMonitorStage({ at: at(0) });
    stage.monitor.begin('baseline', at(0));
    for (const second of [1, 40]) {
      stage.setNow(at(second));
      stage.show([pod('a')]);
      deliver(stage, second - 1, second);
    }
    stage.monitor.begin('inject', at(40));
    const { gaps } = stage.monitor.measurement('baseline').pods;
    expect(gaps).toEqual([{ from: at(1), until: at(40), cause: { code: 'paused' } }]);
  });

  test('are said to have changed once, also after another restart', () => {
    const monitor = seeAgain([pod('a')], [pod('b')]);
    const again = createMonitorStage({ checkpoint: monitor.checkpoint('baseline') });
    again.setNow(at(30));
    again.show([pod('b')]);
    again.monitor.begin('baseline');
    deliver(again, 30, 31);
    expect(again.monitor.measurement('baseline').pods.changes).toHaveLength(3);
  });

  test('changed since they were seen, and not since the restart, where they were not seen before it', () => {
    const first = createMonitorStage({ at: at(0) });
    first.monitor.begin('baseline', at(0));
    for (const second of [1, 2, 20]) {
      first.setNow(at(second));
      first.show([pod('a')], second > 2 ? { code: 'time-out' } : undefined);
      deliver(first, second - 1, second);
      first.monitor.checkpoint('baseline');
    }
    const again = createMonitorStage({ checkpoint: first.monitor.checkpoint('baseline') });
    again.monitor.begin('baseline', at(0));
    again.setNow(at(25));
    expect(again.monitor.sight()).toMatchObject({ podsAt: at(2) });
    again.show([pod('b')]);
    again.monitor.begin('inject', at(25));
    const { changes } = again.monitor.measurement('baseline').pods;
    expect(changes[0]).toMatchObject({ kind: 'deleted', at: at(25), unseenSince: at(2) });
  });

  test('are watched with what there was beside them, also when that could not be seen in between', () => {
    const rotation = { at: at(9), items: [{ uid: 'uid-a', pod: 'a', service: 'diabetes' }] };
    const seen: (Surroundings | undefined)[] = [];
    const onWatch = (before: Surroundings | undefined) => void seen.push(before);
    const first = createMonitorStage({ at: at(9), surroundings: { rotation }, onWatch });
    const checkpoint = first.monitor.checkpoint('baseline');
    const second = createMonitorStage({ checkpoint, onWatch });
    createMonitorStage({ checkpoint: second.monitor.checkpoint('baseline'), onWatch });
    expect(seen).toEqual([undefined, { rotation }, { rotation }]);
  });

  test('have not changed where they are as they were', () => {
    const monitor = seeAgain([pod('a')], [pod('a')]);
    expect(monitor.measurement('baseline').pods.changes).toEqual([]);
  });
});
