import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';

const namespace = 'default';
const name = 'diabetes-5d9c';

let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
  const labels = { app: 'diabetes', 'pod-template-hash': '5d9c' };
  const { metadata } = bot.store.create('replicasets', {
    metadata: { name, namespace, labels },
    spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels } } },
    status: { replicas: 3 },
  });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: metadata.uid };
  for (const pod of bot.store.list('pods', namespace))
    bot.store.update('pods', pod.metadata, (draft) => {
      draft.metadata.ownerReferences = [{ ...owner, controller: true }];
    });
});
afterAll(() => bot.close());

test('a workload that is scaled down during the fault wants no more pods back', async () => {
  // The first answer is waited for, so a single failure does not make the wish unknown.
  bot.kubernetes.refuse(/GET .*\/replicasets/, { status: 503 }, 1);
  const runId = await bot.startRun();
  await bot.untilSaid(new RegExp(`Fault active[^]*${runId}`));
  const spare = bot.store.list('pods', namespace).find((pod) => !bot.failed.has(pod.metadata.name));
  bot.store.update('replicasets', { namespace, name }, (draft) => {
    if (draft.spec) draft.spec.replicas = 2;
  });
  bot.store.delete('pods', spare?.metadata ?? { name: '' });
  const summary = await bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`));
  expect(summary.text).toContain('all 2 that the workload wants now');
  expect(summary.text).not.toContain('Inconclusive');
  const report = JSON.parse(await openReport(bot, summary, 'json')) as object;
  expect(report).toMatchObject({
    recovery: { podsReadyAfterMs: expect.any(Number), podsWanted: 2 },
    curve: { podsReadyMs: expect.any(Number) },
  });
  expect(await openReport(bot, summary, 'md')).not.toMatch(/not seen.*the workload wants now/);
});
