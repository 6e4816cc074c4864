import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql, type RawBuilder } from 'kysely';
import { openDatabase, type Database } from '../../../src/store/database.ts';
import type { TestDatabase } from '../databases.ts';
import { readData, startComposedBot, type ComposedBot } from './composed-bot.ts';
import { priya } from './teams.ts';

const run = promisify(execFile);

/** Writing an experiment or starting it; both lead to a fault. */
const faultRequests = /^(PUT|POST) .*\/experiments\/(?!.*cancel)/;

/**
 * Tests what the wired bot does after somebody with its rights wrote to the database while it was down. One bot for all tests: tokens of
 * Azure are remembered by the process, so that a second one would be refused. Later tests leave a journal that is broken for good.
 */
export function testTampering(database: TestDatabase): void {
  describe(`a database that somebody writes to by hand, ${database.name}`, () => {
    let databaseUrl: string | undefined;
    let bot: ComposedBot;

    beforeAll(async () => {
      ({ databaseUrl } = await database.start());
      bot = await startComposedBot({
        ...(databaseUrl ? { env: { DATABASE_URL: databaseUrl } } : {}),
        catalogue: ({ experiments }) => {
          experiments['long-baseline'] = { ...experiments['pod-failure'], baseline: '5m' };
        },
      });
    }, 120_000);
    afterAll(async () => {
      await bot.close();
      await database.stop();
    }, 120_000);

    /** Ends the bot, works on its database with its own rights, and starts it again. */
    async function byHand(...statements: RawBuilder<unknown>[]): Promise<void> {
      await onDatabase(async (db) => {
        for (const statement of statements) await statement.execute(db);
      });
    }

    async function onDatabase(work: (db: Database['sql']) => Promise<unknown>): Promise<void> {
      await bot.restart(async () => {
        const opened = await openDatabase({
          dataDir: join(bot.folder, 'data'),
          ...(databaseUrl ? { databaseUrl } : {}),
        });
        try {
          await work(opened.sql);
        } finally {
          await opened.close();
        }
      });
    }

    /** What `npm run audit verify` prints. It ends with code 1 when the journal was altered. */
    async function verifyFromOutside(): Promise<string> {
      const env = {
        ...process.env,
        DATA_DIR: join(bot.folder, 'data'),
        DATABASE_URL: databaseUrl ?? '',
      };
      return run(process.execPath, ['src/audit.ts', 'verify'], { env }).then(
        ({ stdout }) => stdout,
        (failure: { stdout: string; stderr: string }) => failure.stdout || failure.stderr,
      );
    }

    /** Switches the triggers of a table, which only get in the way of those who do not know them. */
    const triggers = (table: string, state: 'enable' | 'disable') =>
      sql`alter table ${sql.table(table)} ${sql.raw(state)} trigger user`;

    async function propose(): Promise<{ runId: string; digest: string }> {
      const known = new Set(bot.said().map(({ id }) => id));
      await bot.say('run pod-failure');
      for (;;) {
        const card = bot
          .said()
          .find(({ id, body }) => !known.has(id) && readData(body, 'run.approve'));
        const data = card && readData(card.body, 'run.approve');
        if (data) return data;
        await delay(20);
      }
    }

    async function untilLogged(pattern: RegExp): Promise<void> {
      const giveUpAt = Date.now() + 60_000;
      while (!bot.logged.some(({ msg }) => pattern.test(msg))) {
        if (Date.now() > giveUpAt) throw new Error(`Nothing like ${pattern} was logged.`);
        await delay(50);
      }
    }

    const click = async (data: object) =>
      JSON.stringify((await bot.click('run.approve', data)).body);
    /** What was said last that names the run and matches. */
    const untilSaidOf = (runId: string, pattern: RegExp) =>
      bot.untilSaid(new RegExp(`(?=[^]*${runId})[^]*${pattern.source}`), 120_000);

    test('a row and a job that say "approved" start nothing, and everybody is told', async () => {
      const { runId, digest } = await propose();
      const by = { id: priya.aadObjectId, tenantId: '', name: priya.name };
      const approval = { by, memberOf: [], digest, via: { kind: 'card' }, at: Date.now() };
      const changed = JSON.stringify({ phase: 'approved', approvals: [approval] });
      await byHand(
        sql`
          update runs set phase = 'approved', run = (run::jsonb || ${changed}::jsonb)::text
          where id = ${runId}
        `,
        sql`
          insert into jobs.job (name, data)
          values ('conduct-run', ${JSON.stringify({ runId })}::jsonb), ('conduct-run', '{"run":1}')
        `,
      );
      await untilLogged(/nobody approved/);
      await untilLogged(/names no run/);
      await untilLogged(/was altered in the database/);
      await bot.say('status');
      await untilSaidOf(runId, /record altered/);
      await bot.say(`status ${runId}`);
      await untilSaidOf(runId, /record of this run was altered.*column phase.*stop still works/);
      await bot.say('audit');
      await untilSaidOf(runId, /row in the database differs from its journal: .*approvals/);
      expect(await click({ runId, digest })).toMatch(/be approved, started or judged/);
      expect(bot.azure.find(faultRequests)).toEqual([]);
      // It can still be withdrawn, which writes its row from the journal again.
      await bot.say(`stop ${runId}`);
      await untilSaidOf(runId, /Withdrawn/);
      await bot.say('audit');
      await bot.untilSaid(/journal is whole/);
      expect(bot.azure.find(faultRequests)).toEqual([]);
    }, 240_000);

    test.each([
      [
        'changed',
        (runId: string) => sql`
          update checkpoints set checkpoint = replace(checkpoint, '"good":', '"good":9')
          where run_id = ${runId}`,
      ],
      ['deleted', (runId: string) => sql`delete from checkpoints where run_id = ${runId}`],
    ])(
      'a checkpoint that was %s ends the fault, and the run never counts as held',
      async (_how, change) => {
        const cancelled = bot.azure.find(/POST .*\/cancel/).length;
        const runId = await bot.startRun();
        await untilSaidOf(runId, /Fault active/);
        await byHand(change(runId));
        await bot.azure.until(/POST .*\/cancel/, cancelled + 1, 120_000);
        await untilSaidOf(runId, /Summary of run/);
        await untilSaidOf(runId, /had measured before the restart/);
        const texts = bot.said().filter(({ text }) => text.includes(runId));
        expect(texts.map(({ text }) => text).join('\n')).not.toMatch(/Held/);
      },
      300_000,
    );

    test('a run goes on, and is stopped, after its row said that it is over', async () => {
      const runId = await bot.startRun('run long-baseline');
      await untilSaidOf(runId, /Measuring the baseline/);
      await byHand(
        sql`update runs set phase = 'ended' where id = ${runId}`,
        sql`delete from jobs.job`,
      );
      expect(bot.logged.map(({ msg }) => msg).join('\n')).toMatch(/A run was hidden/);
      await bot.say('stop');
      await untilSaidOf(runId, /Stopped by Alex Kim before any fault/);
    }, 240_000);

    test('a freeze that was deleted stays in force until somebody unfreezes', async () => {
      await bot.say('freeze "incident 4711"');
      await bot.untilSaid(/Frozen by Alex Kim/);
      await onDatabase(async (db) => {
        await expect(sql`delete from freezes`.execute(db)).rejects.toThrow('append-only');
        await expect(sql`truncate freezes`.execute(db)).rejects.toThrow('append-only');
        await triggers('freezes', 'disable').execute(db);
        await sql`delete from freezes`.execute(db);
        await triggers('freezes', 'enable').execute(db);
      });
      await bot.say('run pod-failure');
      await bot.untilSaid(/the record of freezes in the database was altered/);
      await bot.say('audit');
      await bot.untilSaid(/freezes, entry 1: the entry was written and is gone/);
      await bot.say('unfreeze', priya);
      await bot.untilSaid(/Not frozen|Unfrozen/);
      expect(await propose()).toMatchObject({ digest: expect.any(String) });
    }, 240_000);

    test.each([
      ['no JSON', 'not { json'],
      ['no event', 'null'],
    ])(
      'an entry that is %s any more is named as altered, and its run is not approved',
      async (_what, text) => {
        const { runId, digest } = await propose();
        const started = bot.azure.find(faultRequests).length;
        const write = (event: string) => [
          triggers('journal', 'disable'),
          sql`update journal set event = ${event} where run_id = ${runId} and sequence = 1`,
          triggers('journal', 'enable'),
        ];
        let kept = '';
        await onDatabase(async (db) => {
          const { rows } = await sql<{ event: string }>`
            select event from journal where run_id = ${runId} and sequence = 1
          `.execute(db);
          kept = rows[0]?.event ?? '';
          for (const statement of write(text)) await statement.execute(db);
        });
        expect(await click({ runId, digest })).toMatch(
          /entry 1 of its journal is not what was written/,
        );
        await bot.say('audit');
        await untilSaidOf(runId, /entry 1: the entry is not what was written/);
        expect(bot.azure.find(faultRequests)).toHaveLength(started);
        let verified = '';
        await bot.restart(async () => {
          verified = await verifyFromOutside();
        });
        expect(JSON.parse(verified)).toMatchObject({ problem: { runId, sequence: 1 } });
        await byHand(...write(kept));
      },
      240_000,
    );

    test('a run is not approved after an entry of its journal was changed', async () => {
      const { runId, digest } = await propose();
      const started = bot.azure.find(faultRequests).length;
      const toAll = (column: string) =>
        sql`${sql.ref(column)} = replace(${sql.ref(column)}, '"mode":"one"', '"mode":"all"')`;
      await byHand(
        triggers('journal', 'disable'),
        sql`update journal set ${toAll('event')} where run_id = ${runId}`,
        triggers('journal', 'enable'),
        sql`update runs set ${toAll('run')} where id = ${runId}`,
      );
      expect(await click({ runId, digest })).toMatch(
        /entry 1 of its journal is not what was written/,
      );
      await bot.say('audit');
      await untilSaidOf(runId, /entry 1: the entry is not what was written/);
      expect(bot.azure.find(faultRequests)).toHaveLength(started);
    }, 240_000);

    test('a run does not come back after its stop was cut off the journal', async () => {
      const started = bot.azure.find(/POST .*\/start/).length;
      const runId = await bot.startRun('run long-baseline');
      await untilSaidOf(runId, /Measuring the baseline/);
      await bot.say(`stop ${runId}`);
      await untilSaidOf(runId, /Stopped by Alex Kim before any fault/);
      // Something is written after it, so that its end is not the end of all.
      await propose();
      const back = JSON.stringify({ phase: 'approved', version: 2 });
      await byHand(
        triggers('journal', 'disable'),
        triggers('anchors', 'disable'),
        sql`delete from anchors where run_id = ${runId} and entry_sequence > 2`,
        sql`delete from journal where run_id = ${runId} and sequence > 2`,
        triggers('journal', 'enable'),
        triggers('anchors', 'enable'),
        sql`
          update runs set phase = 'approved', version = 2,
            run = ((run::jsonb - 'end' - 'stop') || ${back}::jsonb)::text
          where id = ${runId}
        `,
      );
      await untilSaidOf(runId, /be approved, started or judged/);
      expect(bot.azure.find(/POST .*\/start/)).toHaveLength(started);
    }, 240_000);
  });
}
