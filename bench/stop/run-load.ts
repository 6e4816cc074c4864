import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { alex } from '../../test/support/composed/teams.ts';
import type { Load, LoadOrder } from './loads.ts';
import type { Stage } from './set-up.ts';
import { spawnScript } from './spawn-script.ts';
import type { BotProcess } from './start-bot.ts';

const answerLimitMs = 120_000;

/** Prepares a load that a process of its own makes. */
export function runLoad(load: Load, bot: BotProcess, { teams, toReport, ended }: Stage) {
  let child: ChildProcess | undefined;
  let answered: Readonly<Record<string, number>> = {};
  return {
    start() {
      const order: LoadOrder = {
        load,
        url: bot.url,
        token: teams.token(),
        activity: teams.activity(alex),
        reports: ended.slice(0, 16).map((runId, index) => {
          const [path = '', query = ''] = toReport(bot.url, runId).split('?');
          return `${path}${['', '.md', '.json', '.png'][index % 4]}?${query}`;
        }),
      };
      child = spawnScript('make-load.ts', JSON.stringify(order));
      child.on('message', (told) => (answered = told as typeof answered));
    },
    /** Rejects when nothing of the load was let in: a large list may take longer than all clicks on a busy machine. */
    async requireAnswers() {
      const latestAt = performance.now() + answerLimitMs;
      while (!answered['200'] && performance.now() < latestAt) await delay(100);
      process.stderr.write(`  ${load}: answers by status ${JSON.stringify(answered)}\n`);
      if (!answered['200']) throw new Error(`The load "${load}" was not let in.`);
    },
    stop: () => void child?.kill('SIGKILL'),
  };
}
