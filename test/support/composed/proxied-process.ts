import { Client } from 'pg';
import type { RunEvent } from '../../../src/domain/run-event.ts';
import { serverDatabase } from '../databases.ts';
import { prepareBotProcess, type BotProcess } from './bot-process.ts';
import type { Catalogue } from './composed-bot.ts';
import { startStallingProxy, type StallingProxy } from './stalling-proxy.ts';

/** A bot as a process of its own whose PostgreSQL is behind a proxy, which can make it hang or be away. */
export type ProxiedProcess = {
  readonly bot: BotProcess;
  readonly proxy: StallingProxy;
  /** Past the proxy. */
  readonly databaseUrl: string;
  /** The journal of a run, oldest entry first, read past the proxy. */
  readJournal(runId: string): Promise<readonly { readonly at: number; readonly event: RunEvent }[]>;
  close(): Promise<void>;
};

/** Starts such a bot; `change` changes its catalogue. */
export async function startProxiedProcess(
  change: (catalogue: Catalogue) => void,
): Promise<ProxiedProcess> {
  const database = serverDatabase();
  const { databaseUrl = '' } = await database.start();
  const url = new URL(databaseUrl);
  const proxy = await startStallingProxy(Number(url.port));
  url.port = String(proxy.port);
  const bot = await prepareBotProcess(change, { DATABASE_URL: url.href });
  await bot.start();
  return {
    bot,
    proxy,
    databaseUrl,
    async readJournal(runId) {
      const client = new Client(databaseUrl);
      await client.connect();
      const { rows } = await client.query<{ at: number; event: string }>(
        'select at, event from journal where run_id = $1 order by sequence',
        [runId],
      );
      await client.end();
      return rows.map(({ at, event }) => ({ at, event: JSON.parse(event) as RunEvent }));
    },
    async close() {
      proxy.flow();
      await bot.close();
      await proxy.close();
      await database.stop();
    },
  };
}
