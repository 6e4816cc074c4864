import { setTimeout as delay } from 'node:timers/promises';
import { readData, startComposedBot, type Catalogue, type ComposedBot } from './composed-bot.ts';
import { addPod } from '../../lab/kubernetes-api/api-fixture.ts';
import { alex, priya, tenantId, type Said } from './teams.ts';
import { otherClusterIds } from './world.ts';

/** A conversation, as the change of an activity that is said in it. */
export type Place = { readonly conversation: { readonly id: string } };

export const channel: Place = toPlace('19:chaos@thread.tacv2', 'channel');
export const otherChannel: Place = toPlace('19:other@thread.tacv2', 'channel');
export const groupChat: Place = toPlace('19:meeting_abc@thread.v2', 'groupChat');
export const personalChat: Place = toPlace('a:1pRobin', 'personal');

export function toPlace(id: string, conversationType: string): Place {
  const conversation = { id, tenantId, conversationType, isGroup: conversationType !== 'personal' };
  return { conversation };
}

/** A thread of a channel. */
export function toThread({ conversation }: Place, messageId: string): Place {
  return { conversation: { ...conversation, id: `${conversation.id};messageid=${messageId}` } };
}

/** Experiments whose faults last for minutes, each on a cluster of its own. */
export const experiments = ['pod-failure', 'pod-failure-2', 'pod-failure-3'] as const;
export type ExperimentName = (typeof experiments)[number];

/** Starts a bot that conducts up to three runs at once, each on a service with pods of its own. */
export async function startSeveralRunsBot(
  env: Readonly<Record<string, string>> = {},
  beside?: ComposedBot,
): Promise<ComposedBot> {
  const options = { env, catalogue: addClusters, ...(beside ? { beside } : {}) };
  const bot = await startComposedBot(options);
  if (beside) return bot;
  for (const { app } of otherSelectors)
    for (const letter of ['a', 'b', 'c'])
      addPod(bot.store, { name: `${app}-${letter}`, labels: { app } });
  return bot;
}

const otherSelectors = otherClusterIds.map((_, index) => ({ app: `diabetes-${index + 2}` }));

function addClusters(catalogue: Catalogue): void {
  const { clusters, services, experiments: templates } = catalogue;
  Object.assign(templates['pod-failure'] ?? {}, { duration: '5m' });
  for (const [index, resourceId] of otherClusterIds.entries()) {
    const number = index + 2;
    const [cluster, selector] = [`aks-${number}`, otherSelectors[index]];
    clusters[cluster] = { ...clusters['aks'], resourceId };
    const { scoring, ...service } = services['diabetes'] ?? { scoring: {} };
    services[`diabetes-${number}`] = { ...service, scoring, cluster, selector };
    templates[`pod-failure-${number}`] = {
      ...templates['pod-failure'],
      service: `diabetes-${number}`,
    };
  }
}

/** Proposes in a conversation and approves there; resolves with the id of the run. */
export async function startRunIn(
  bot: ComposedBot,
  { conversation }: Place,
  experiment: ExperimentName,
): Promise<string> {
  const known = new Set(bot.said().map(({ id }) => id));
  await bot.say(`run ${experiment}`, alex, { conversation });
  const giveUpAt = Date.now() + 120_000;
  for (;;) {
    const data = bot
      .said()
      .filter(({ id }) => !known.has(id))
      .map(({ body }) => readData(body, 'run.approve'))
      .find((found) => found !== undefined);
    if (data) {
      const { body } = await bot.click('run.approve', data, priya, { conversation });
      const answer = JSON.stringify(body);
      // The bot answers within Teams' limit: on a busy machine before the approval is recorded.
      if (!/approved|approval is being recorded/i.test(answer))
        throw new Error(`The approval was not taken: ${answer}`);
      return data.runId;
    }
    if (Date.now() > giveUpAt) throw new Error(`No proposal of ${experiment} appeared.`);
    await delay(20);
  }
}

/** The same, until the fault is active. */
export async function injectFaultIn(
  bot: ComposedBot,
  place: Place,
  experiment: ExperimentName,
): Promise<string> {
  const runId = await startRunIn(bot, place, experiment);
  await untilShown(bot, runId, /Fault active/);
  return runId;
}

/** Waits for a card that shows a state of a run. */
export function untilShown(bot: ComposedBot, runId: string, state: RegExp): Promise<Said> {
  return bot.untilSaid(new RegExp(`${state.source}[^]*${runId}`), 90_000);
}

/** Returns how many cancels Azure received for the experiment. */
export function countCancels(bot: ComposedBot, experiment: ExperimentName): number {
  return bot.azure.find(toCancelOf(experiment)).length;
}

/** The cancels of an experiment, as Azure names it. */
export function toCancelOf(experiment: ExperimentName): string {
  const number = /-\d$/.exec(experiment)?.[0] ?? '';
  return `/experiments/chaos-marshal-${experiment}-diabetes${number}/cancel`;
}
