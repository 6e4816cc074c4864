import { readdir, readFile, rm } from 'node:fs/promises';
import { recordedFolder } from './recorded-runs.ts';

/** Removes the single predictions of runs whose journals are not in `test/recorded` any more. */
export async function removeOldSamples(): Promise<void> {
  const files = (await readdir(recordedFolder)).filter((name) => name.endsWith('.json'));
  const journals = await Promise.all(
    files.map((name) => readFile(`${recordedFolder}/${name}`, 'utf8')),
  );
  const folders = await readdir(`${recordedFolder}/samples`).catch(() => []);
  for (const runId of folders)
    if (!journals.some((text) => text.includes(`"runId":"${runId}"`)))
      await rm(`${recordedFolder}/samples/${runId}`, { recursive: true });
}
