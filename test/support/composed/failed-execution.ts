import type { ComposedBot } from './composed-bot.ts';
import { injectFault, startLongFaultBot } from './long-fault.ts';
import { changePod } from './world.ts';

/** What Azure says of the execution. */
export const reason = 'The API server did not answer: dial tcp 10.0.0.1:443: i/o timeout';
/** What a pod runs while it carries the fault. */
export const pause = 'gcr.io/google-containers/pause:latest';

/** Starts a bot with a run whose execution has failed in Azure while a pod carries the fault. */
export async function startFailedExecution() {
  const bot = await startLongFaultBot();
  const runId = await injectFault(bot);
  const [pod = ''] = bot.failed;
  failInAzure(bot);
  return { bot, runId, pod };
}

/** From now on Azure says that it gave up: what it injected stays. */
function failInAzure(bot: ComposedBot): void {
  endInAzure(bot, 'Failed', { failureReason: reason });
}

/** From now on Azure says that the execution is over, whatever pods carry. */
export function endInAzure({ azure }: ComposedBot, status: string, more: object = {}): void {
  const now = Date.now();
  const [startedAt, stoppedAt] = [now - 5_000, now].map((at) => new Date(at).toISOString());
  const properties = { status, startedAt, stoppedAt };
  const details = { ...properties, ...more, runInformation: { steps: [] } };
  azure.refuse('/getExecutionDetails', { status: 200, body: { properties: details } });
  azure.refuse(/GET .*\/executions\/[^/?]+\?/, { status: 200, body: { properties } });
}

/** Gives a pod its own image again, as somebody does by hand. */
export function restorePod({ store }: ComposedBot, name: string): void {
  changePod(store, name, { ready: true, image: 'registry.test/diabetes:1' });
}

/** Whether anything that was said takes the fault for gone. */
export function saysGone(bot: ComposedBot): boolean {
  return bot.said().some(({ text }) => /fault (was )?(confirmed gone|removed)/i.test(text));
}
