import { setTimeout as delay } from 'node:timers/promises';
import { parseRunId, type RunId } from '../../../src/domain/ids.ts';
import { findAction } from '../card-texts.ts';
import type { LabProcess } from '../lab-process.ts';
import type { BotMessage, PlaygroundDriver } from '../playground-driver.ts';
import { findReadyPod } from './find-ready-pod.ts';
import type { RecordedName } from './recorded-runs.ts';
import { removeCapability } from './remove-capability.ts';

/** Who takes part in a story: the lab, and the people in its playground. */
export type Scene = { readonly lab: LabProcess; readonly playground: PlaygroundDriver };

/** A run that has ended, with its ending and its verdict as in `endings`. */
export type Conducted = { readonly runId: RunId; readonly ended: string };

/** Conducts one run as people do in the playground; resolves when the run has ended. */
export type Story = (scene: Scene) => Promise<Conducted>;

/** How each recorded run comes about, in the order in which they are conducted. */
export const stories: Readonly<Record<RecordedName, Story>> = {
  /** One pod fails and nothing else happens. */
  held: (scene) => conduct(scene, '/chaos run pod-failure'),

  /** One pod fails, and another one answers a third of its predictions with an error while it does. */
  deviated: (scene) =>
    conduct(scene, '/chaos run pod-failure', async ({ lab }) => {
      await delay(10_000);
      const pod = await findReadyPod(lab);
      await lab.breakIt({ target: 'scoring', mode: 'flaky', share: 0.35, pod });
      await delay(30_000);
      await lab.heal();
    }),

  /** The whole service fails during the fault: a guard ends it. */
  aborted: (scene) =>
    conduct(scene, '/chaos run pod-failure', async ({ lab, playground }, { threadId }) => {
      await delay(8_000);
      await lab.breakIt({ target: 'scoring', mode: 'exception' });
      await playground.until(threadId, ['Ending the fault']);
      await delay(2_000);
      await lab.heal();
    }),

  /** Somebody stops the run during the fault. */
  stopped: (scene) =>
    conduct(scene, '/chaos run pod-failure', async ({ playground }, active) => {
      await delay(20_000);
      await playground.click(active, 'run.stop', 'mei');
    }),

  /** The bot is killed during a long fault and started again; how long that takes decides whether enough was measured for a verdict. */
  interrupted: (scene) =>
    conduct(scene, '/chaos run pod-failure duration=4m', async ({ lab }) => {
      await delay(60_000);
      await lab.restartBot({ signal: 'SIGKILL' });
    }),

  /** Somebody disables the fault in Azure after the start was requested. */
  void: async (scene) => {
    const proposed = await propose(scene, '/chaos run pod-failure');
    const before = await countStarts(scene.lab);
    await approve(scene, proposed);
    await untilStart(scene, before);
    const restore = await removeCapability(scene.lab);
    try {
      return await untilSummary(scene, proposed);
    } finally {
      await restore();
    }
  },

  rehearsed: async (scene) => {
    const proposed = await propose(scene, '/chaos rehearse pod-failure');
    await approve(scene, proposed);
    return untilSummary(scene, proposed);
  },

  rejected: async (scene) => {
    const proposed = await propose(scene, '/chaos run pod-failure');
    await scene.playground.click(proposed, 'run.reject', 'jonas', {
      reason: 'Not while the release is being rolled out.',
    });
    await scene.playground.until(proposed.threadId, ['Rejected']);
    return { runId: findRunId(proposed), ended: 'rejected, no verdict' };
  },
};

/** Proposes and approves a run, lets something happen while its fault is active, and waits for its summary. */
async function conduct(
  scene: Scene,
  command: string,
  duringFault?: (scene: Scene, active: BotMessage) => Promise<void>,
): Promise<Conducted> {
  const proposed = await propose(scene, command);
  await approve(scene, proposed);
  const active = await scene.playground.until(
    proposed.threadId,
    ['Fault active', '2 of 3'],
    90_000,
  );
  await duringFault?.(scene, active);
  return untilSummary(scene, proposed);
}

async function propose({ playground }: Scene, command: string): Promise<BotMessage> {
  const thread = await playground.say(command);
  return playground.until(thread, ['Waiting for approval']);
}

async function approve({ playground }: Scene, proposed: BotMessage): Promise<void> {
  const refusal = await playground.click(proposed, 'run.approve', 'priya');
  if (refusal !== '') throw new Error(`The run was not approved: ${refusal}`);
}

async function untilSummary({ playground }: Scene, proposed: BotMessage): Promise<Conducted> {
  const summary = await playground.until(proposed.threadId, ['Summary ·'], 420_000);
  return { runId: findRunId(proposed), ended: await readEnded(summary) };
}

/** How the run ended, from the report that its summary links to. */
async function readEnded({ card }: BotMessage): Promise<string> {
  const { actions = [] } = card as { actions?: { type: string; url: string }[] };
  const link = actions.find(({ type }) => type === 'Action.OpenUrl');
  const response = await fetch((link?.url ?? '').replace('?', '.json?'));
  const { verdict } = (await response.json()) as {
    verdict: { ending: string; code: string | null };
  };
  return `${verdict.ending}, ${verdict.code ?? 'no verdict'}`;
}

function findRunId({ card }: BotMessage): RunId {
  const { runId } = findAction(card, 'run.approve').data as { readonly runId?: string };
  const parsed = parseRunId(runId ?? '');
  if (!parsed) throw new Error('The card names no run.');
  return parsed;
}

/** Resolves when one more start was requested of Azure than before. Rejects after a minute, as when the baseline was not steady. */
async function untilStart({ lab }: Scene, before: number): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await countStarts(lab)) > before) return;
    await delay(100);
  }
  throw new Error('Nobody asked Azure for a start.');
}

async function countStarts(lab: LabProcess): Promise<number> {
  const requests = await lab.requests();
  return requests.filter(({ path, status }) => /\/start$/i.test(path) && status === 202).length;
}
