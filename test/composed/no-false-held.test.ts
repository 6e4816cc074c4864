import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { until } from '../support/composed/talk.ts';

/** Chaos Studio kills nothing here: what happens to pods is done by the tests. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot({
    catalogue: ({ experiments }) => {
      const hypothesis = {
        title: 'Predictions survive',
        tolerances: ['availability >= 20%'],
        // A slow machine measures less than is due; that is not what this is about.
        leastCoverage: '50%',
      };
      const base = { ...experiments['pod-failure'], hypothesis };
      const guards = { lostSight: '2m' };
      experiments['pod-failure'] = base;
      experiments['container-kill'] = { ...base, fault: 'container-kill', containers: ['scoring'] };
      experiments['pod-kill'] = { ...base, fault: 'pod-kill', mode: 'all', guards };
    },
  });
});
afterEach(() => {
  bot.kubernetes.heal();
  bot.scoring.heal();
});
afterAll(() => bot.close());

const podChaos = /GET .*\/podchaos\?/;

async function inject(command: string): Promise<string> {
  const runId = await bot.startRun(command);
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  return runId;
}

async function readSummary(runId: string): Promise<string> {
  const { text } = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 150_000);
  return text;
}

test('a fault that somebody injects into pods of the same name in another namespace proves nothing', async () => {
  const list = (items: readonly object[]) =>
    bot.kubernetes.refuse(podChaos, { status: 200, body: { metadata: {}, items } });
  list([]);
  const runId = await inject('run container-kill');
  list([toPodChaos('staging', 'diabetes-a')]);
  expect(await readSummary(runId)).toContain('Void');
});

test('a container that runs out of memory is no container-kill', async () => {
  bot.kubernetes.refuse(podChaos, { status: 403 });
  const runId = await inject('run container-kill');
  bot.store.update('pods', { namespace: 'default', name: 'diabetes-b' }, ({ status }) => {
    for (const container of status?.containerStatuses ?? []) {
      const finishedAt = new Date().toISOString();
      container.restartCount += 1;
      container.lastState = { terminated: { exitCode: 137, reason: 'OOMKilled', finishedAt } };
    }
  });
  expect(await readSummary(runId)).toContain('Void');
});

test('answers of another service hold nothing', async () => {
  bot.scoring.refuse('POST', {
    status: 200,
    body: [42],
    headers: { 'azureml-served-by-instance': 'diabetes-staging-x' },
  });
  const summary = await readSummary(await bot.startRun('run pod-failure'));
  expect(summary).toContain('Inconclusive');
  expect(summary).toContain('diabetes-staging-x');
});

test('a service of which every pod was killed, and none was made again, has deviated', async () => {
  bot.kubernetes.refuse(podChaos, { status: 403 });
  const runId = await inject('run pod-kill');
  for (const { metadata } of bot.store.list('pods')) bot.store.delete('pods', metadata);
  await until('an empty service', () => bot.store.list('pods').length === 0);
  bot.scoring.refuse('POST', 'break');
  expect(await readSummary(runId)).toContain('Deviated');
});

/** As Chaos Studio makes it, in the one namespace for all. */
function toPodChaos(namespace: string, pod: string): object {
  const timestamp = new Date().toISOString();
  const events = [{ type: 'Succeeded', operation: 'Apply', timestamp }];
  const id = `${namespace}/${pod}/scoring`;
  const containerRecords = [{ id, phase: 'Injected', injectedCount: 1, events }];
  return {
    metadata: {
      name: pod,
      uid: timestamp,
      namespace: 'chaos-testing',
      creationTimestamp: timestamp,
    },
    spec: {
      action: 'container-kill',
      selector: { namespaces: [namespace], labelSelectors: { app: 'diabetes' } },
    },
    status: { experiment: { containerRecords } },
  };
}
