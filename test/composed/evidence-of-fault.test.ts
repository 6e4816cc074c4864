import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { addPod } from '../lab/kubernetes-api/api-fixture.ts';

/** Chaos Studio kills no container here: whatever it says, nothing is injected. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      const fault = { fault: 'container-kill', containers: ['scoring'] };
      // A slow machine measures less than is due; that is not what this is about.
      const hypothesis = {
        title: 'Predictions survive',
        tolerances: ['availability >= 20%'],
        leastCoverage: '50%',
      };
      experiments['container-kill'] = { ...experiments['pod-failure'], ...fault, hypothesis };
    },
  });
});
afterAll(() => bot.close());

const minuteMs = 60_000;

const start = /POST .*\/start\?/;
const podChaos = /GET .*\/podchaos\?/;

/** Proposes, approves, and waits until the fault is active by Azure's word. */
async function inject(starts: number): Promise<string> {
  const runId = await bot.startRun('run container-kill');
  await bot.azure.until(start, starts);
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  return runId;
}

test('a pod that somebody deletes during a fault that does something else proves nothing', async () => {
  const runId = await inject(1);
  bot.store.delete('pods', { namespace: 'default', name: 'diabetes-b' });
  addPod(bot.store, { name: 'diabetes-d', nodeName: 'node-1' });
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 90_000);
  expect(summary.text).toContain('Void');
  expect(summary.text).toContain('No pod showed this fault');
  // Where Chaos Mesh is not installed, that is found out once a minute.
  const asked = bot.kubernetes.find(podChaos).map(({ at }) => at);
  expect(asked.filter((at) => at - (asked[0] ?? 0) < 59_000)).toHaveLength(2);
});

/** From now on Chaos Mesh has these objects. */
function list(items: readonly object[]): void {
  bot.kubernetes.refuse(podChaos, { status: 200, body: { metadata: {}, items } });
}

test('the records of Chaos Mesh name the pod that was hit', async () => {
  list([]);
  const runId = await inject(2);
  list([toPodChaos('diabetes-a')]);
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 90_000);
  expect(summary.text).toContain('Held');
  expect(summary.text).toContain("seen in Chaos Mesh's records");
});

test('a fault that hit more pods than approved is told at once, and never holds', async () => {
  list([]);
  const runId = await inject(3);
  list([toPodChaos('diabetes-a'), toPodChaos('diabetes-c')]);
  await bot.untilSaid(new RegExp(`Fault not as approved[^]*${runId}`));
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(summary.text).toContain('it hit 2 pods instead of 1');
  expect(summary.text).toContain('Inconclusive');
});

test('records are told from older ones by a cluster whose clock is an hour behind', async () => {
  const older = toPodChaos('diabetes-c');
  list([older]);
  const runId = await inject(4);
  list([older, toPodChaos('diabetes-a', -60 * minuteMs)]);
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 90_000);
  expect(summary.text).toContain('Held');
  expect(summary.text).toContain("seen in Chaos Mesh's records");
});

test.each([
  ['under the fault is seen by signature', 0, 'Held'],
  ['before the fault, and is started again under it, proves nothing', -minuteMs, 'Void'],
])('a container that ended %s', async (_, endedMs, verdict) => {
  bot.kubernetes.refuse(podChaos, { status: 403 });
  const runId = await inject(bot.azure.find(start).length + 1);
  restart('diabetes-a', Date.now() + endedMs);
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 90_000);
  expect(summary.text).toContain(verdict);
});

/** The pod's container starts again after an end at this time. */
function restart(name: string, endedAt: number): void {
  const finishedAt = new Date(endedAt).toISOString().replace(/\.\d+Z$/, 'Z');
  bot.store.update('pods', { namespace: 'default', name }, ({ status }) => {
    for (const container of status?.containerStatuses ?? []) {
      container.restartCount += 1;
      container.lastState = { terminated: { exitCode: 137, reason: 'Error', finishedAt } };
    }
  });
}

/** As Chaos Studio makes it, with the records that Chaos Mesh keeps in it, by a clock that is ahead by so much. */
function toPodChaos(pod: string, aheadMs = 0): object {
  const timestamp = new Date(Date.now() + aheadMs).toISOString();
  const events = [{ type: 'Succeeded', operation: 'Apply', timestamp }];
  const id = `default/${pod}/scoring`;
  const containerRecords = [{ id, phase: 'Injected', injectedCount: 1, events }];
  return {
    metadata: { name: pod, uid: `studio-${timestamp}-${pod}`, creationTimestamp: timestamp },
    spec: {
      action: 'container-kill',
      selector: { namespaces: ['default'], labelSelectors: { app: 'diabetes' } },
    },
    status: { experiment: { containerRecords } },
  };
}
