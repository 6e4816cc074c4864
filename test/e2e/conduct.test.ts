import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { KubeConfig, PolicyV1Api } from '@kubernetes/client-node';
import { findAction } from '../support/card-texts.ts';
import { startBriskLab, type LabProcess } from '../support/lab-process.ts';
import { PlaygroundDriver, type BotMessage } from '../support/playground-driver.ts';

const runTimeoutMs = 240_000;

let lab: LabProcess;
let playground: PlaygroundDriver;
/** When each run was approved, as the journal says, and its experiment's thread. */
const approvedAt: number[] = [];

beforeAll(async () => {
  // Longer than a restart takes on a busy machine.
  lab = await startBriskLab({ lostSight: '45s' });
  playground = await PlaygroundDriver.connect(lab.playgroundUrl ?? '');
});

afterAll(async () => {
  playground?.close();
  await lab?.close();
}, runTimeoutMs);

afterEach(() => lab.heal());

async function propose(command: string, as = 'alex'): Promise<BotMessage> {
  const thread = await playground.say(command, { as });
  return playground.until(thread, ['Waiting for approval']);
}

async function approve(card: BotMessage): Promise<void> {
  expect(await playground.click(card, 'run.approve', 'priya')).toBe('');
  await playground.until(card.threadId, ['Approved by: Priya Nair']);
  approvedAt.push(Date.now());
}

const startRequests = async () =>
  (await lab.requests()).filter(({ method, path }) => method === 'POST' && /\/start$/i.test(path));

const stopBy = (card: BotMessage, who: string) =>
  playground.invoke(
    card,
    { verb: 'run.stop', data: findAction(card.card, 'run.approve').data },
    who,
  );

const summaryOf = (card: BotMessage, verdict: string) =>
  playground.until(card.threadId, ['Summary ·', verdict], 90_000);

/** What a person sees who follows the link on the summary, or asks there for another form. */
async function openReport({ card }: BotMessage, format = ''): Promise<string> {
  const { actions = [] } = card as { actions?: { type: string; url: string }[] };
  const link = actions.find(({ type }) => type === 'Action.OpenUrl');
  const response = await fetch((link?.url ?? '').replace('?', `${format}?`));
  expect(response.status).toBe(200);
  return response.text();
}

const factOf = ({ texts }: BotMessage, title: string) =>
  texts.find((text) => text.startsWith(`${title}: `))?.slice(title.length + 2) ?? '';

describe('a run in the playground', () => {
  test('nobody approves their own run, nor without being an approver; a rejection ends it', async () => {
    const card = await propose('/chaos run pod-failure', 'priya');
    expect(card.texts).toContain('Targets: 1 of 3 pods (all 3 are ready)');
    expect(await playground.click(card, 'run.approve', 'priya')).toContain('You proposed this run');
    expect(await playground.click(card, 'run.approve', 'mei')).toContain('not among the approvers');
    await playground.click(card, 'run.reject', 'jonas', { reason: 'Not on a *Friday*.' });
    await playground.until(card.threadId, ['Rejected', /Not on a \\\*Friday/]);
    const late = playground.invoke(card, findAction(card.card, 'run.approve'), 'jonas');
    expect(await late).not.toBe('');
    expect(await startRequests()).toEqual([]);
  });

  test('is refused against a disruption budget of the cluster, until that can spare a pod', async () => {
    const kubeconfig = new KubeConfig();
    kubeconfig.loadFromFile(lab.kubeconfigPath);
    const policy = kubeconfig.makeApiClient(PolicyV1Api);
    const place = { namespace: 'default', name: 'keep-all' };
    const body = {
      metadata: { name: place.name },
      spec: { minAvailable: '100%', selector: { matchLabels: { app: 'diabetes' } } },
    };
    await policy.createNamespacedPodDisruptionBudget({ namespace: place.namespace, body });
    const refused = await playground.say('/chaos run pod-failure', { as: 'alex' });
    await playground.until(refused, [/budget keep-all allows 0 pods .*, and 1 may be hit/]);
    const spec = { ...body.spec, minAvailable: '50%' };
    await policy.replaceNamespacedPodDisruptionBudget({ ...place, body: { ...body, spec } });
    const card = await propose('/chaos run pod-failure');
    expect(factOf(card, 'Disruption budget')).toBe('keep-all allows 1 pod');
    await playground.click(card, 'run.reject', 'jonas', { reason: 'Only tried.' });
    await playground.until(card.threadId, ['Rejected']);
    await policy.deleteNamespacedPodDisruptionBudget(place);
  });

  test('is approved once, however many click at once, and by nothing but its own card', async () => {
    const card = await propose('/chaos run pod-failure');
    const { verb, data } = findAction(card.card, 'run.approve');
    const forge = (change: object) =>
      playground.invoke(card, { verb, data: { ...data, ...change } }, 'priya');
    expect(await forge({ digest: '0'.repeat(64) })).toContain('does not show what would run');
    expect(await forge({ runId: 'r-000000' })).toContain('no run');
    expect(await forge({ digest: { $ne: '' } })).not.toBe('');
    const clickers = ['priya', 'jonas', 'priya', 'jonas', 'alex', 'mei', 'priya', 'jonas'];
    const answers = await Promise.all(
      clickers.map((who) => playground.click(card, 'run.approve', who)),
    );
    // Whose click it was gets the card each time, as for a click that Teams delivers again; nobody else does.
    const deciders = clickers.filter((_who, index) => answers[index] === '');
    expect(new Set(deciders).size).toBe(1);
    await Promise.all(['mei', 'alex', 'priya'].map((who) => stopBy(card, who)));
    const ended = await playground.until(card.threadId, ['■ Stopped']);
    expect(ended.texts.join(' ')).toMatch(/before any fault|stopped/i);
    expect(await startRequests()).toEqual([]);
  });

  test(
    'approved by a second person, really fails a pod, loses predictions and tells the truth about both',
    async () => {
      const card = await propose('/chaos run pod-failure');
      const digest = factOf(card, 'Digest');
      await approve(card);
      await playground.until(card.threadId, ['Measuring the baseline', '3 of 3']);
      const active = await playground.until(card.threadId, ['Fault active', '2 of 3', /not ready/]);
      expect(active.id).toBe(card.id);
      const summary = await summaryOf(card, 'Held');
      expect(summary.id).not.toBe(card.id);
      expect(factOf(summary, 'Fault')).toMatch(/^seen by signature, active for 1[5-9]s/);
      expect(factOf(summary, 'Approved by')).toMatch(/^Priya Nair/);
      expect(factOf(summary, 'Digest')).toBe(digest);
      expect(summary.texts).toContain('2 of 3');
      expect(summary.texts.join('\n')).toMatch(/predictions lost in /);
      expect(summary.texts.join('\n')).toMatch(/diabetes.*restarted/);
      expect(factOf(summary, 'Good again after the fault')).not.toBe('');
      expect(playground.thread(card.threadId)).toHaveLength(2);
      const report = await openReport(summary);
      expect(report).toContain(digest);
      expect(report).toMatch(/diabetes-\w+-\w+: restarted/);
      expect(report).toMatch(/diabetes-\w+-\w+: out of rotation of service diabetes/);
      expect(report).toMatch(/, out of rotation (at once|after \d+\.\ds)/);
      expect(report).toContain('Availability, latency and pods over the run');
      expect(report).toMatch(/The [\d,]+ single predictions of this run are kept here/);
      // Where this machine was too busy to measure, an outage has no exact ends.
      expect(report).toMatch(
        /\d\d:\d\d:\d\d\.\d{3} to \d\d:\d\d:\d\d\.\d{3}|due predictions; \d+ not measured/,
      );
      expect(report).toMatch(
        /What each pod answered from the start request to recovery[^]*diabetes-\w+-\w+/,
      );
    },
    runTimeoutMs,
  );

  test(
    'is stopped in the middle, and its fault with it',
    async () => {
      const card = await propose('/chaos run pod-failure duration=5m');
      await approve(card);
      const active = await playground.until(card.threadId, ['Fault active', '2 of 3']);
      const saidAt = Date.now();
      await playground.click(active, 'run.stop', 'mei');
      await playground.until(card.threadId, ['Ending the fault']);
      const summary = await summaryOf(card, 'Stopped');
      expect(summary.texts.join('\n')).toContain('stopped by Mei Lin');
      expect(Date.now() - saidAt).toBeLessThan(60_000);
      expect(playground.thread(card.threadId)[0]?.texts[0]).toContain('Stopped');
    },
    runTimeoutMs,
  );

  test(
    'injects nothing when the service is not steady before',
    async () => {
      const before = await startRequests();
      await lab.breakIt({ target: 'scoring', mode: 'exception' });
      const card = await propose('/chaos run pod-failure');
      await approve(card);
      approvedAt.pop();
      const summary = await summaryOf(card, 'Not steady, nothing injected');
      expect(summary.texts.join('\n')).toMatch(/availability >= 85%, observed 0\s%/);
      expect(await startRequests()).toEqual(before);
    },
    runTimeoutMs,
  );

  test(
    'is aborted by its guard when too many predictions fail',
    async () => {
      const card = await propose('/chaos run pod-failure mode=all duration=5m');
      expect(card.texts).toContain('Targets: 3 of 3 pods (all 3 are ready)');
      await approve(card);
      const summary = await summaryOf(card, 'Aborted by a guard');
      expect(summary.texts.join('\n')).toMatch(/guard: .*availability/i);
      expect(factOf(summary, 'Pods ready again')).toMatch(/^after/);
    },
    runTimeoutMs,
  );

  test(
    'is rehearsed with everything but the fault',
    async () => {
      const before = await startRequests();
      const card = await propose('/chaos rehearse pod-failure');
      expect(card.texts).toContain('◇ Rehearsal: nothing is injected.');
      await approve(card);
      approvedAt.pop();
      await playground.until(card.threadId, ['Rehearsing, no fault active', '3 of 3']);
      const summary = await summaryOf(card, 'Rehearsed, nothing injected');
      expect(summary.texts.join('\n')).toMatch(/Inject it when you are ready/);
      expect(await startRequests()).toEqual(before);
    },
    runTimeoutMs,
  );

  test.each(['SIGTERM', 'SIGKILL'])(
    'goes on after a restart by %s in the middle of the fault',
    async (signal) => {
      const card = await propose('/chaos run pod-failure duration=30s');
      await approve(card);
      await playground.until(card.threadId, ['Fault active', '2 of 3']);
      const before = await startRequests();
      await lab.restartBot({ signal, downMs: 500 });
      const summary = await playground.until(card.threadId, ['Summary ·'], 90_000);
      expect(factOf(summary, 'Fault')).toMatch(/^seen/);
      expect(await startRequests()).toEqual(before);
      expect(playground.thread(card.threadId)).toHaveLength(2);
      const csv = await openReport(summary, '.csv');
      for (const phase of ['before', 'preparing', 'fault', 'after'])
        expect(csv).toMatch(
          new RegExp(`Z,[\\d.]+,good,200,diabetes-[\\w-]+,fresh,${phase},[\\d.]+\n`),
        );
      expect(csv).toMatch(/Z,,restart,,,,fault,\n/);
      expect(csv).not.toContain(lab.scoringKey);
    },
    runTimeoutMs,
  );

  test('no secret came into the log or onto a card', async () => {
    const log = await readFile(join(dirname(lab.kubeconfigPath), 'bot.log'), 'utf8');
    const cards = JSON.stringify(playground.everything());
    expect(log).toContain('A run has ended.');
    expect(cards).toContain('Summary ·');
    for (const secret of [lab.scoringKey, lab.identityHeader, lab.armToken.slice(0, 40)]) {
      expect(log).not.toContain(secret);
      expect(cards).not.toContain(secret);
    }
  });

  test('Chaos Studio saw one start for each approved run, each after its approval', async () => {
    await delay(100);
    const starts = await startRequests();
    expect(starts).toHaveLength(approvedAt.length);
    for (const [index, { at, status }] of starts.entries()) {
      expect(status).toBe(202);
      expect(at).toBeGreaterThan(approvedAt[index] ?? Infinity);
    }
  });
});
