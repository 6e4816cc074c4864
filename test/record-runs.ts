import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunId } from '../src/domain/ids.ts';
import type { Journal } from '../src/store/open-journal.ts';
import { startLabProcess, type LabProcess } from './support/lab-process.ts';
import { PlaygroundDriver } from './support/playground-driver.ts';
import { endings } from './support/recorded/endings.ts';
import { keepRun, openKeptJournal } from './support/recorded/keep-run.ts';
import {
  recordedFolder,
  recordedNames,
  type RecordedName,
} from './support/recorded/recorded-runs.ts';
import { removeOldSamples } from './support/recorded/remove-old-samples.ts';
import { stories, type Scene } from './support/recorded/stories.ts';

/**
 * Conducts real runs in the lab and keeps their journals in `test/recorded`, from which the pictures of the documentation are drawn:
 * `npm run record-runs [-- held aborted …]`. Takes about 20 minutes on a machine that is not busy otherwise. A run that ends otherwise than it should is
 * conducted again; the exit code is 1 when it never ended so.
 */
const asked = process.argv.slice(2);
const names = recordedNames.filter((name) => asked.length === 0 || asked.includes(name));
const unknown = asked.filter((word) => !recordedNames.some((name) => name === word));
if (unknown.length > 0)
  throw new Error(`There is no ${unknown.join(', ')}. There are: ${recordedNames.join(', ')}.`);

/** How often a run is conducted at most. */
const mostTries = 3;

await mkdir(recordedFolder, { recursive: true });
const lab = await startLabProcess(['--pace', 'brisk']);
try {
  const conducted = await conductAll(lab, names);
  await keepAll(lab, conducted);
  await removeOldSamples();
  if (conducted.size < names.length) process.exitCode = 1;
} finally {
  await lab.close();
}

/** Conducts the runs one after the other; returns those that ended as they should. */
async function conductAll(
  lab: LabProcess,
  names: readonly RecordedName[],
): Promise<ReadonlyMap<RecordedName, RunId>> {
  const playground = await PlaygroundDriver.connect(lab.playgroundUrl ?? '');
  const conducted = new Map<RecordedName, RunId>();
  for (const name of names) {
    const runId = await conductAsTold(name, { lab, playground });
    if (runId) conducted.set(name, runId);
  }
  playground.close();
  return conducted;
}

/** Conducts a run until it ends as it should, which it may not on a busy machine; undefined when it never did. */
async function conductAsTold(name: RecordedName, scene: Scene): Promise<RunId | undefined> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    try {
      const { runId, ended } = await stories[name](scene);
      say(`${name}: ${runId} ${ended}`);
      if (endings[name].includes(ended)) return runId;
    } catch (error) {
      say(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await scene.lab.heal();
      // Pods that were hit are back before the next run.
      await delay(5_000);
    }
  }
  return undefined;
}

async function keepAll(
  lab: LabProcess,
  conducted: ReadonlyMap<RecordedName, RunId>,
): Promise<void> {
  const dataDir = join(dirname(lab.kubeconfigPath), 'data');
  const secrets = await listSecrets(lab);
  const journal = await takeJournal(lab, dataDir);
  for (const [name, runId] of conducted) await keepRun(name, runId, { journal, dataDir, secrets });
  await journal.close();
}

/** Ends the bot and opens its journal while it is away. */
async function takeJournal(lab: LabProcess, dataDir: string): Promise<Journal> {
  lab.restartBot({ signal: 'SIGTERM', downMs: 60_000 }).catch(() => undefined);
  for (let tries = 0; ; tries += 1) {
    await delay(1_000);
    try {
      return await openKeptJournal(dataDir);
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}

async function listSecrets(lab: LabProcess): Promise<readonly string[]> {
  const kubeconfig = await readFile(lab.kubeconfigPath, 'utf8');
  const [, token = ''] = /token: *"?([\w.-]+)/.exec(kubeconfig) ?? [];
  const secrets = [lab.scoringKey, lab.identityHeader, lab.armToken.slice(0, 40), token];
  if (secrets.includes('')) throw new Error('A secret of the lab is not known.');
  return secrets;
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}
