import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';

type Catalogue = {
  services: Record<string, { scoring: { rate: string } }>;
  experiments: Record<
    string,
    { guards: { lostSight: string }; hypothesis: { tolerances: string[] } }
  >;
};

/**
 * Writes the catalogue of chaos.yaml with shorter phases and more predictions, so that a run takes half a minute. A restart of the bot that takes longer than
 * `lostSight` ends a fault.
 */
export async function writeBriskCatalogue(path: string, lostSight = '6s'): Promise<void> {
  const original = await readFile(new URL('../../chaos.yaml', import.meta.url), 'utf8');
  const catalogue = parse(original) as Catalogue;
  for (const service of Object.values(catalogue.services)) service.scoring.rate = '25/s';
  for (const experiment of Object.values(catalogue.experiments)) {
    experiment.guards.lostSight = lostSight;
    // A busy machine may not measure all that is due, answers late, and takes a pod out of rotation late: it may lose more than 5% of 15s, by which p95 is lost.
    const { tolerances } = experiment.hypothesis;
    Object.assign(experiment.hypothesis, {
      leastCoverage: '50%',
      tolerances: tolerances.map((each) =>
        each
          .replace('p95 <= 500ms', 'p50 <= 900ms')
          .replace('availability >= 95%', 'availability >= 85%'),
      ),
    });
    Object.assign(experiment, { duration: '15s', baseline: '8s', recovery: '1m' });
  }
  // Outages are tried as well.
  await writeFile(path, stringify({ ...catalogue, limits: { leaveReady: 0 } }));
}
