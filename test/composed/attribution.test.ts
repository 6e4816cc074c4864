import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { LossesByWay } from '../../src/domain/attribute-outage.ts';
import { addSlice } from '../lab/kubernetes-api/api-fixture.ts';
import { startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import { openReport } from '../support/composed/open-report.ts';
import type { Said } from '../support/composed/teams.ts';

/** The scoring service here is a server of its own: no pod of the cluster has anything to do with it, whatever its answers say. */
let bot: ComposedBot;
beforeAll(async () => {
  bot = await startComposedBot();
});
afterEach(() => bot.scoring.heal());
afterAll(() => bot.close());

const podHeader = 'azureml-served-by-instance';
const pods = ['diabetes-a', 'diabetes-b', 'diabetes-c'];
/** Over before proxies are taken to know of the pod. */
const outageMs = 2_000;

const answer = (status: number, pod?: string) =>
  bot.scoring.refuse('POST', {
    status,
    body: [42],
    ...(pod === undefined ? {} : { headers: { [podHeader]: pod } }),
  });

/** Plays a run in which something fails from the beginning of its fault on. Returns its summary once it has ended. */
async function play(fail: (pod: string) => void, forMs = outageMs): Promise<Said> {
  const runId = await bot.startRun();
  for (const giveUpAt = Date.now() + 180_000; bot.failed.size === 0; await delay(5))
    if (Date.now() > giveUpAt) throw new Error('No pod failed.');
  const [pod = ''] = bot.failed;
  // What is noticed only after a second with losses explains none of them: time for the bot, in this same thread, to hear of the pod.
  for (let turn = 0; turn < 10; turn += 1) await delay(50);
  fail(pod);
  await delay(forMs);
  bot.scoring.heal();
  return bot.untilSaid(new RegExp(`Summary ·[^]*${runId}`), 90_000);
}

type Told = {
  readonly attribution: LossesByWay & { readonly background: number };
  readonly outages: readonly {
    readonly lostBy: LossesByWay;
    readonly causes: readonly { readonly way: string; readonly name: string }[];
  }[];
};

const readReport = async (summary: Said) =>
  JSON.parse(await openReport(bot, summary, 'json')) as Told;

const none = { answer: 0, rotation: 0, coincidence: 0, unexplained: 0 };

test('failures of a server that names no pods are told as what may be a coincidence', async () => {
  const summary = await play(() => answer(503));
  expect(summary.text).toMatch(
    /Of (\d+) predictions? that failed from the start request to [a-z ]+: \1 at the same time as disturbances, which may be a coincidence/,
  );
  expect(summary.text).toMatch(/diabetes-\w, at the same time, which may be a coincidence: /);
  const { attribution, outages } = await readReport(summary);
  expect(attribution).toEqual({
    ...none,
    background: 0,
    coincidence: expect.any(Number),
  });
  expect(attribution.coincidence).toBeGreaterThan(5);
  expect(outages.flatMap(({ causes }) => causes.map(({ way }) => way))).toEqual(['coincidence']);
});

test('losses that lie scattered are no outage, and are told beside the baseline and with what was disturbed', async () => {
  const summary = await play(() => bot.scoring.refuseEach(8, 'POST', { status: 503 }), 9_000);
  const { attribution, outages } = await readReport(summary);
  expect(outages).toEqual([]);
  expect(attribution).toEqual({ ...none, background: 0, coincidence: expect.any(Number) });
  expect(attribution.coincidence).toBeGreaterThan(3);
  expect(await openReport(bot, summary, 'md')).toMatch(
    /No outage in the whole run\. Outside of outages, \d+ of \d+ predictions failed from the start request to recovery \(\d+\.\d+\s%\); none of \d+ in the baseline\./,
  );
});

test('failures of a server whose answers name other pods are unexplained, also where they name none', async () => {
  answer(200, 'another-server-0');
  const summary = await play(() => answer(503));
  expect(summary.text).toMatch(
    /Of (\d+) predictions? that failed from the start request to [a-z ]+: \1 unexplained/,
  );
  const { attribution, outages } = await readReport(summary);
  expect(attribution).toEqual({ ...none, background: 0, unexplained: expect.any(Number) });
  expect(outages.flatMap(({ causes }) => causes)).toEqual([]);
});

test('failed answers count for the disturbed pod that they name, and for no other', async () => {
  const named = await play((pod) => answer(503, pod));
  expect(named.text).toMatch(
    /Of (\d+) predictions? that failed from the start request to [a-z ]+: \1 answered by disturbed pods/,
  );
  const { attribution, outages } = await readReport(named);
  expect(attribution).toEqual({ ...none, background: 0, answer: expect.any(Number) });
  expect(outages.flatMap(({ causes }) => causes.map(({ way }) => way))).toEqual(['answer']);
  const other = await play((pod) =>
    answer(
      503,
      pods.find((name) => name !== pod),
    ),
  );
  expect(other.text).toMatch(
    /Of (\d+) predictions? that failed from the start request to [a-z ]+: \1 unexplained/,
  );
}, 300_000);

test('failures that name no pod are told with the pods that were in rotation', async () => {
  const slice = addSlice(
    bot.store,
    pods.map((pod) => ({ pod })),
  );
  const summary = await play((failed) => {
    slice.set(pods.map((pod) => ({ pod, ready: pod !== failed })));
    answer(503);
  });
  expect(summary.text).toMatch(
    /Of (\d+) predictions? that failed from the start request to [a-z ]+: \1 while disturbed pods were in rotation/,
  );
  const { attribution } = await readReport(summary);
  expect(attribution).toEqual({ ...none, background: 0, rotation: expect.any(Number) });
});
