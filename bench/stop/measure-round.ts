import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { alex } from '../../test/support/composed/teams.ts';
import type { World } from '../../test/support/composed/world.ts';
import type { Load } from './loads.ts';
import { runLoad } from './run-load.ts';
import type { Stage } from './set-up.ts';
import { startBot, type BotProcess } from './start-bot.ts';

const betweenClicksMs = 400;

/** One bot, eight faults, a click for each that is still active. Returns how long each took, ms. */
export async function measureRound(load: Load, stage: Stage): Promise<number[]> {
  const { world, template, env, active } = stage;
  const dataDir = await mkdtemp(join(tmpdir(), 'bench-stop-round-'));
  await cp(template, dataDir, { recursive: true });
  world.azure.heal();
  world.azure.refuse(/GET .*\/executions/, { status: 200, body: toExecution('Running') });
  world.azure.refuse(/POST .*\/cancel\?/, { status: 200, body: {} });
  const before = world.azure.requests.length;
  const bot = await startBot({ ...env, DATA_DIR: dataDir });
  const maker = runLoad(load, bot, stage);
  try {
    for (const { experimentName } of active) await untilConducted(experimentName, before, world);
    await warmUp(bot, stage);
    maker.start();
    await delay(2_000);
    const latencies: number[] = [];
    for (const run of active) {
      if (isCancelled(run.experimentName, before, world)) continue;
      latencies.push(await measureClick(run, bot, stage));
      await delay(betweenClicksMs);
    }
    if (load !== 'nothing else') await maker.requireAnswers();
    return latencies;
  } finally {
    maker.stop();
    await bot.kill();
    await rm(dataDir, { recursive: true, force: true });
  }
}

function toExecution(status: string) {
  const name = '4BD1B3A2-0000-4000-8000-000000000001';
  const execution = { id: `/executions/${name}`, name, properties: { status } };
  return { ...execution, value: [execution] };
}

/** The first message of all makes the bot read the channel's keys. */
async function warmUp(bot: BotProcess, { teams }: Stage): Promise<void> {
  await fetch(`${bot.url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${teams.token()}` },
    body: JSON.stringify(teams.activity(alex, { text: 'help' })),
  });
}

/** The conductor of a run reads its execution. */
async function untilConducted(experimentName: string, after: number, { azure }: World) {
  while (!azure.requests.slice(after).some(({ path }) => path.includes(`${experimentName}/`)))
    await delay(20);
}

/**
 * Whether the bot asked to end this fault before anybody clicked, as it does on a machine so busy that its database does not answer in time. To wait for its
 * next cancel would say nothing of the click.
 */
function isCancelled(experimentName: string, after: number, { azure }: World): boolean {
  const cancel = new RegExp(`POST .*/${experimentName}/cancel`);
  return azure.requests.slice(after).some(({ method, path }) => cancel.test(`${method} ${path}`));
}

const longestWaitMs = 20_000;

async function measureClick(
  { runId, experimentName }: Stage['active'][number],
  bot: BotProcess,
  { teams, world }: Stage,
): Promise<number> {
  const cancel = new RegExp(`POST .*/${experimentName}/cancel`);
  const known = world.azure.find(cancel).length;
  const body = JSON.stringify(
    teams.activity(alex, {
      type: 'invoke',
      name: 'adaptiveCard/action',
      value: {
        action: { type: 'Action.Execute', verb: 'run.stop', data: { runId, digest: '' } },
        trigger: 'manual',
      },
    }),
  );
  const token = teams.token();
  const clickedAt = Date.now();
  const answered = fetch(`${bot.url}/api/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  }).catch(() => undefined);
  // One that never comes counts as long as it was waited for.
  const requests = await world.azure.until(cancel, known + 1, longestWaitMs).catch(() => []);
  await answered;
  return (requests[known]?.at ?? Date.now()) - clickedAt;
}
