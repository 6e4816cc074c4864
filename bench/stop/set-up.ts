import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunId } from '../../src/domain/ids.ts';
import { createReportLinks } from '../../src/report-links.ts';
import { alex, startTeams, type Teams } from '../../test/support/composed/teams.ts';
import { startWorld, type World } from '../../test/support/composed/world.ts';
import { seedRuns } from './seed-runs.ts';
import { spawnScript } from './spawn-script.ts';
import { writeConfig } from './write-config.ts';

/** As many as a process conducts at a time. */
const runsPerRound = 8;
const endedRuns = 2_000;
const hugeListBytes = 90_000_000;

/** What all rounds share. */
export type Stage = {
  readonly world: World;
  readonly teams: Teams;
  /** A data folder to copy for each round. */
  readonly template: string;
  readonly env: Readonly<Record<string, string>>;
  readonly toReport: (url: string, runId: string) => string;
  readonly ended: readonly string[];
  readonly active: readonly { readonly runId: string; readonly experimentName: string }[];
  close(): Promise<void>;
};

/** Starts everything that the bot talks to, and writes the data folder that each round begins with. */
export async function setUp(): Promise<Stage> {
  const world = await startWorld();
  const teams = await startTeams();
  const folder = await mkdtemp(join(tmpdir(), 'bench-stop-'));
  const template = join(folder, 'template');
  const list = await startList();
  const active = Array.from({ length: runsPerRound }, (_, index) => ({
    runId: `r-00000${index}`,
    experimentName: `chaos-marshal-bench-${index}`,
  }));
  const ended = Array.from({ length: endedRuns }, (_, index) => `r-${100_000 + index}`);
  const reference = teams.activity(alex);
  await seedRuns({
    dataDir: template,
    scoringUri: `${world.scoring.url}/score`,
    origin: {
      conversationId: '19:chaos@thread.tacv2',
      reference: {
        conversation: reference['conversation'],
        serviceUrl: teams.connector.url,
        channelId: 'msteams',
        bot: reference['recipient'],
      },
    },
    active,
    ended,
  });
  const key = randomBytes(16).toString('hex');
  const env = await writeConfig(folder, { world, teams, listUrl: list.url, key });
  return {
    world,
    teams,
    template,
    env,
    active,
    ended,
    toReport: (url, runId) =>
      createReportLinks({ key, publicUrl: url, clock: Date }).toLink(runId as RunId),
    async close() {
      list.child.kill();
      await teams.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The list is served by a process of its own: to send 90 MB would delay what is measured here. */
async function startList(): Promise<{ url: string; child: ChildProcess }> {
  const child = spawnScript('serve-list.ts', String(hugeListBytes));
  if (!child.stdout) throw new Error('no output');
  const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url, child };
}
