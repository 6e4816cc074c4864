import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { measureActivities } from './activities/measure-activities.ts';
import { measureCards } from './cards.ts';
import { printTable } from './comparison.ts';
import { measureDecisions } from './decisions.ts';
import { measureDetection } from './detection.ts';
import { measureHistory } from './history/measure-history.ts';
import { measureOutboundQueue } from './outbound-queue.ts';
import { measurePredictions } from './predictions/measure-predictions.ts';
import { measureStop } from './stop/measure-stop.ts';
import { measureWatch } from './watch/measure-watch.ts';

/** `npm run bench [-- --quick]`: measures the hot paths, each beside a peer in the same run; a table, and JSON in build/bench.json. */
const quick = process.argv.includes('--quick');
const say = (line: string) => process.stderr.write(`${line}\n`);

say('Activities...');
const activities = await measureActivities(quick ? 1 : 5, quick ? 400 : 3_000);
say('Cards...');
const cards = await measureCards(quick ? 200 : 3_000);
say('Outbound queue...');
const queue = await measureOutboundQueue(quick ? 200 : 2_000);
say('Decisions...');
const decisions = await measureDecisions(quick ? 50 : 500);
say('History...');
const history = await measureHistory({ runs: quick ? 300 : 2_000, rounds: quick ? 20 : 100, say });
say('Stop...');
const stop = await measureStop({ rounds: quick ? 1 : 2, say });
say('Predictions...');
const predictions = await measurePredictions(quick ? 1_000 : 2_000, say);
say('Watch...');
const watch = [
  ...(await measureWatch({ pods: 1_000, perSecond: 100, ms: quick ? 2_000 : 10_000 })),
  ...(await measureWatch({ pods: 10_000, perSecond: 1_000, ms: quick ? 2_000 : 10_000 })),
];
say('Detection...');
const detection = quick ? [] : await measureDetection();

const comparisons = [
  activities,
  ...cards,
  ...queue,
  ...decisions,
  ...history,
  ...stop,
  ...predictions,
  ...watch,
  ...detection,
];
const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model };
await mkdir('build', { recursive: true });
await writeFile('build/bench.json', `${JSON.stringify({ machine, comparisons }, undefined, 2)}\n`);
process.stdout.write(`${printTable(comparisons)}\n`);
