import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { startBriskLab, type LabProcess } from '../support/lab-process.ts';
import { PlaygroundDriver } from '../support/playground-driver.ts';

const runTimeoutMs = 240_000;

let lab: LabProcess;
let playground: PlaygroundDriver;

beforeAll(async () => {
  lab = await startBriskLab();
  playground = await PlaygroundDriver.connect(lab.playgroundUrl ?? '');
});

afterAll(async () => {
  playground?.close();
  await lab?.close();
}, runTimeoutMs);

afterEach(() => lab.heal());

async function startRun(command: string): Promise<string> {
  const thread = await playground.say(command);
  const card = await playground.until(thread, ['Waiting for approval']);
  expect(await playground.click(card, 'run.approve', 'jonas')).toBe('');
  return thread;
}

describe('when something else fails as well', () => {
  test(
    'the fault is ended once pods are not seen any more',
    async () => {
      const thread = await startRun('/chaos run pod-failure duration=5m');
      await playground.until(thread, ['Fault active', '2 of 3']);
      await lab.breakIt({ target: 'kubernetes', mode: 'down' });
      await playground.until(thread, ['Ending the fault']);
      await lab.heal();
      const summary = await playground.until(thread, ['Summary ·', 'Aborted by a guard'], 90_000);
      expect(summary.texts.join('\n')).toMatch(/guard: .*(not seen|observed)/i);
      expect(summary.texts.join('\n')).toContain('fault removed (Chaos Studio: Cancelled)');
    },
    runTimeoutMs,
  );

  test(
    'a throttled Azure and a busy Teams cost neither a second start nor the last word',
    async () => {
      await lab.breakIt({
        target: 'arm',
        mode: 'throttle',
        retryAfterSeconds: 1,
        count: 2,
        match: 'POST .*/start$',
      });
      const before = await startsTaken();
      const thread = await startRun('/chaos run pod-failure');
      await playground.until(thread, ['Fault active', '2 of 3']);
      await lab.breakIt({ target: 'connector', mode: 'error', status: 429, retryAfterSeconds: 2 });
      await new Promise((resolve) => setTimeout(resolve, 8_000));
      await lab.breakIt({ target: 'connector', mode: 'error', status: 502, count: 3 });
      const summary = await playground.until(thread, ['Summary ·'], 90_000);
      expect(playground.thread(thread)).toHaveLength(2);
      // The card of the run is another message: it may follow later than the summary.
      const [runCard] = playground.thread(thread);
      const title = runCard?.texts.find((text) => / · r-\w+$/.test(text)) ?? '';
      await playground.until(thread, [summary.texts[0] ?? '', new RegExp(`^${title}$`)]);
      expect(await startsTaken()).toBe(before + 1);
    },
    runTimeoutMs,
  );

  test('it says which of its dependencies is not ready, and is ready again after', async () => {
    await lab.breakIt({ target: 'kubernetes', mode: 'down' });
    expect(await untilReadiness(503)).toMatch(/cluster aks-lab/);
    const thread = await playground.say('/chaos health');
    await playground.until(thread, [/✖ not ready · cluster aks-lab/]);
    const refused = await playground.say('/chaos run pod-failure');
    await playground.until(refused, ['Not done', /Kubernetes API does not answer/]);
    await lab.heal();
    await untilReadiness(200);
  });
});

async function startsTaken(): Promise<number> {
  const requests = await lab.requests();
  return requests.filter(({ path, status }) => /\/start$/i.test(path) && status === 202).length;
}

async function untilReadiness(status: number): Promise<string> {
  for (let tries = 0; tries < 100; tries += 1) {
    const response = await fetch(`${lab.botUrl}/readyz?strict`);
    const text = await response.text();
    if (response.status === status) return text;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`/readyz never said ${status}`);
}

describe('commands in a personal chat, without mention', () => {
  const personal = { conversation: 'personal-chat' };
  const ask = async (text: string, ...wanted: (string | RegExp)[]) =>
    playground.until(await playground.say(text, personal), wanted, 10_000);

  test.each([
    ['experiments', 'Experiments', /pod-failure: One pod of the scoring service fails/],
    ['chaos experiments', 'Experiments', /container-kill/],
    ['health', 'Health', /✔ ok · store/],
    ['/chaos help', 'Chaos Marshal', 'run EXPERIMENT'],
    ['history', 'History', /No run has been proposed here yet/],
    ['status', 'Status', /nothing is running here/],
    ['Stop!', 'Nothing is running here', /stop all/],
    ['summarize', /History|Summary/, /No run/],
    ['status r-234567', 'Not done', /There is no run r-234567/],
    ['expirements', 'Not done', /Did you mean \*\*experiments\*\*/],
    ['run pod-failur', 'Not done', /Did you mean \*\*run pod-failure\*\*/],
    ['run pod-failure duration=1s', 'Not done', /duration must be at least 10s/],
    ['run pod-failure mode=some', 'Not done', /Modes are: one, all/],
    ['run pod-failure mode=fixed', 'Not done', /needs a value/],
    ['run pod-failure service=iris', 'Not done', /no service "iris"/],
  ])('%j is answered', async (text, ...wanted) => {
    expect(await ask(text, ...wanted)).toBeDefined();
  });

  test('a proposal can be withdrawn, and is remembered', async () => {
    await playground.say('run pod-kill', personal);
    const proposed = await playground.until('personal-chat', [/Waiting for approval/], 10_000);
    const [runId] = /r-[0-9a-z]{6}/.exec(proposed.texts.join(' ')) ?? [];
    await playground.say('Stop!', personal);
    await playground.until('personal-chat', [/Still waiting for approval/], 10_000);
    await playground.say(`stop ${runId}`, personal);
    const withdrawn = ['■ Stopped', /Withdrawn by .+ before it was approved/];
    await playground.until('personal-chat', withdrawn, 10_000);
    const title = /Stopped · One pod of the scoring service is deleted/;
    const history = await ask('history', title, /proposed by Alex Rivera/);
    expect(history.texts[0]).toBe('History');
  });
});
