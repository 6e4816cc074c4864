import { setTimeout as delay } from 'node:timers/promises';
import { createReportLinks } from '../../src/report-links.ts';
import { readData, startComposedBot, type ComposedBot } from '../support/composed/composed-bot.ts';
import type { Attack, Outcome, Target } from './attack.ts';
import { countRecorded, type Recorded } from './count-recorded.ts';

export type Battery = {
  readonly outcomes: readonly Outcome[];
  /** What the database held before the attacks and after them. */
  readonly recorded: { readonly before: Recorded; readonly after: Recorded };
  /** How much memory the process took more than before, at most, MB. */
  readonly grownByMb: number;
  /** Faults that were started in Azure. */
  readonly started: number;
  /** What the bot said that no attack explains. */
  readonly said: readonly string[];
  /** What reached nobody but the process: errors that would have ended it. */
  readonly uncaught: readonly string[];
};

const freezeToken = 'the-token-that-only-the-incident-tool-knows';
const reportLinkKey = 'the-key-that-only-the-bot-itself-knows-of';
const bytesPerMb = 1_000_000;

/** Runs every attack in turn against the whole bot with authentication required, and looks at what each of them changed. */
export async function runAttacks(
  attacks: readonly Attack[],
  print: (line: string) => void,
): Promise<Battery> {
  const uncaught: string[] = [];
  const note = (error: unknown) => void uncaught.push(String(error));
  process.on('uncaughtException', note);
  process.on('unhandledRejection', note);
  const bot = await startComposedBot({
    env: { FREEZE_TOKEN: freezeToken, REPORT_LINK_KEY: reportLinkKey },
  });
  try {
    const before = await propose(bot);
    const target = toTarget(bot, before.data);
    const outcomes: Outcome[] = [];
    const known = new Set(bot.connector.requests);
    const startedAt = process.memoryUsage().rss;
    let most = startedAt;
    for (const attack of attacks) {
      const outcome = await tryAttack(attack, target);
      most = Math.max(most, process.memoryUsage().rss);
      outcomes.push(outcome);
      print(outcome.line);
    }
    const explained = attacks.flatMap(({ says }) => says ?? []);
    const said = bot.connector
      .find(/POST|PUT/)
      .filter((request) => !known.has(request))
      .map(({ body }) => JSON.stringify(body))
      .filter((text) => !explained.some((pattern) => pattern.test(text)));
    let after: Recorded | undefined;
    await bot.restart(async () => void (after = await countRecorded(bot.folder)));
    if (!after) throw new Error('The database was not counted.');
    return {
      outcomes,
      recorded: { before: before.recorded, after },
      grownByMb: Math.round((most - startedAt) / bytesPerMb),
      started: bot.azure.find(/POST .*\/start\?/).length,
      said,
      uncaught,
    };
  } finally {
    process.off('uncaughtException', note);
    process.off('unhandledRejection', note);
    await bot.close();
  }
}

/** A run that waits for approval, so that there is something to attack; and what is recorded of it. */
async function propose(bot: ComposedBot) {
  await bot.say('run pod-failure');
  const { body } = await bot.untilSaid(/Approve/);
  const data = readData(body, 'run.approve');
  if (!data) throw new Error('The proposal card has no button to approve.');
  let recorded: Recorded | undefined;
  await bot.restart(async () => void (recorded = await countRecorded(bot.folder)));
  if (!recorded) throw new Error('The database was not counted.');
  return { data, recorded };
}

function toTarget(bot: ComposedBot, { runId, digest }: { runId: string; digest: string }): Target {
  const { hostname: host, port } = new URL(bot.url);
  const toPath = (key: string) => {
    const links = createReportLinks({ key, publicUrl: 'http://bot', clock: Date });
    return links.toLink(runId as Parameters<typeof links.toLink>[0]).replace('http://bot', '');
  };
  return {
    bot,
    host,
    port: Number(port),
    runId,
    digest,
    freezeToken,
    reportPath: (suffix = '') => toPath(reportLinkKey).replace('?', `${suffix}?`),
    forgedReportPath: () => toPath('a-key-that-somebody-else-made-up-for-this'),
  };
}

async function tryAttack(attack: Attack, target: Target): Promise<Outcome> {
  const { bot } = target;
  const before = new Set(bot.connector.find(/POST|PUT/));
  const { status, body } = await attack.send(target);
  const isAlive = await fetch(`${bot.url}/healthz`).then(
    ({ ok }) => ok,
    () => false,
  );
  const said = () => bot.connector.find(/POST|PUT/).filter((request) => !before.has(request));
  if (attack.says) await untilSaid(attack.says, () => said());
  const isSilent = said().every(
    (request) => attack.says?.test(JSON.stringify(request.body)) ?? false,
  );
  const isAnswered = attack.answer?.test(body) ?? true;
  const refused = attack.refusedWith.includes(status) && isAlive && isSilent && isAnswered;
  const state = refused ? 'refused' : 'GOT THROUGH';
  const notes = [
    ...(isAlive ? [] : ['the bot is dead']),
    ...(isSilent ? [] : [`the bot said ${JSON.stringify(said()[0]?.body).slice(0, 300)}`]),
    ...(refused ? [] : [`answer: ${body.slice(0, 300)}`]),
  ];
  const line = [state.padEnd(11), String(status).padEnd(6), `${attack.kind}: ${attack.name}`];
  return { attack, refused, line: [...line, ...notes].join('  ') };
}

async function untilSaid(pattern: RegExp, said: () => readonly { body: unknown }[]): Promise<void> {
  for (let looked = 0; looked < 1_000; looked += 1) {
    if (said().some(({ body }) => pattern.test(JSON.stringify(body)))) return;
    await delay(20);
  }
}
