import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { toDropGuard, type AvailabilityDrop } from '../src/domain/availability-drop.ts';
import { toTimeToTrip } from '../src/evidence/statistics/drop-guard.ts';
import { writeBriskCatalogue } from '../test/support/brisk-catalogue.ts';
import { startLabProcess, type LabProcess } from '../test/support/lab-process.ts';
import { PlaygroundDriver } from '../test/support/playground-driver.ts';
import type { Comparison } from './comparison.ts';

/** What breaks while a fault is active, and the guard that is to see it. */
type Case = {
  readonly name: string;
  readonly fault: object;
  readonly availability: number;
  readonly guard: Omit<AvailabilityDrop, 'kind'>;
};

const cases: readonly Case[] = [
  {
    name: 'nothing is answered rightly any more',
    fault: { target: 'scoring', mode: 'exception' },
    availability: 0,
    guard: { from: 0.95, to: 0.5, falseAlarms: 0.01 },
  },
  {
    name: 'five in a hundred are not',
    fault: { target: 'scoring', mode: 'flaky', share: 0.05 },
    availability: 0.95,
    // The fault itself costs a few predictions when it begins, which is no drop to 90 %.
    guard: { from: 0.99, to: 0.9, falseAlarms: 0.01 },
  },
];

const ratePerSecond = 25;
const durationMs = 300_000;
const patienceMs = 120_000;

/** From the moment at which a service breaks in the lab to the cancel request that Chaos Studio gets, beside what the test needs at the stated error rate on average. */
export async function measureDetection(): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const one of cases) {
    const tookMs = await measureCase(one);
    const mostSeconds = Math.ceil((durationMs + 120_000) / 1_000);
    const guard = { kind: 'availability-drop', ...one.guard } as const;
    const sequential = toDropGuard(guard, { ratePerSecond, mostSeconds });
    const leastMs = toTimeToTrip(sequential, one.availability)?.expectedMs ?? Infinity;
    comparisons.push({
      name: `cancels asked for in a second: ${one.name}`,
      unit: '1 / delay in s',
      peer: 'least for the stated error',
      ours: 1_000 / tookMs,
      theirs: 1_000 / leastMs,
      notes: { delayMs: tookMs, leastMs },
    });
  }
  return comparisons;
}

async function measureCase({ fault, guard }: Case): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'detection-'));
  const catalogue = join(folder, 'chaos.yaml');
  await writeCatalogue(catalogue, guard);
  const lab = await startLabProcess(['--pace', 'brisk', '--catalogue', catalogue]);
  const playground = await PlaygroundDriver.connect(lab.playgroundUrl ?? '');
  try {
    const thread = await playground.say('/chaos run pod-failure duration=5m');
    const card = await playground.until(thread, ['Waiting for approval']);
    await playground.click(card, 'run.approve', 'priya');
    await playground.until(thread, ['Fault active']);
    // The loss of the fault itself is over by then.
    await delay(15_000);
    const brokenAt = Date.now();
    await lab.breakIt(fault);
    return (await waitForCancel(lab)) - brokenAt;
  } finally {
    playground.close();
    await lab.close();
    await rm(folder, { recursive: true });
  }
}

async function writeCatalogue(path: string, { from, to, falseAlarms }: Case['guard']) {
  await writeBriskCatalogue(path);
  const read = parse(await readFile(path, 'utf8')) as {
    experiments: Record<string, { guards: object }>;
  };
  const percent = (share: number) => `${Number((share * 100).toFixed(3))}%`;
  const availabilityDrop = {
    from: percent(from),
    to: percent(to),
    falseAlarms: percent(falseAlarms),
  };
  for (const experiment of Object.values(read.experiments))
    experiment.guards = { lostSight: '60s', availabilityDrop };
  await writeFile(path, stringify(read));
}

async function waitForCancel(lab: LabProcess): Promise<number> {
  const giveUpAt = Date.now() + patienceMs;
  while (Date.now() < giveUpAt) {
    const cancel = (await lab.requests()).find(
      ({ method, path }) => method === 'POST' && /\/cancel$/i.test(path),
    );
    if (cancel) return cancel.at;
    await delay(200);
  }
  throw new Error('No cancel was asked for.');
}
