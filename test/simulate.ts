import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { simulate, type Course } from './support/simulation/world.ts';

/**
 * `npm run simulate -- [--seeds=10000] [--from=1] [--show] [--until-broken]`: plays so many simulated days on all cores and says which broke a promise. With `--show` what
 * happened on each of them is printed: the same seed gives the same day. With
 * `--until-broken` it ends with the first that broke one.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1000' },
      from: { type: 'string', default: '1' },
      show: { type: 'boolean', default: false },
      'until-broken': { type: 'boolean', default: false },
    },
  });
  const [count, from] = [Number(values.seeds), Number(values.from)];
  const threads = Math.min(availableParallelism(), count);
  const began = performance.now();
  const print = (text: string) => process.stdout.write(`${text}\n`);
  const sums = { starts: 0, broken: 0, days: 0 };
  const endings = new Map<string, number>();
  const take = (course: Course) => {
    sums.days += 1;
    sums.starts += course.starts;
    for (const verdict of course.verdicts) endings.set(verdict, (endings.get(verdict) ?? 0) + 1);
    if (course.violations.length > 0) sums.broken += 1;
    if (course.violations.length > 0 || values.show)
      print(`seed ${course.seed}: ${course.violations.join('; ') || 'nothing broke'}`);
    if (course.violations.length > 0 && values['until-broken']) process.exit(1);
    if (values.show) print([...course.plan, ...course.journal].join('\n'));
  };
  await Promise.all(
    Array.from({ length: threads }, (_, index) => {
      const seeds = { from: from + index, to: from + count, step: threads };
      const worker = new Worker(new URL(import.meta.url), { workerData: seeds });
      worker.on('message', take);
      return new Promise<void>((resolve, reject) => {
        worker.on('error', reject);
        worker.on('exit', () => resolve());
      });
    }),
  );
  const seconds = (performance.now() - began) / 1_000;
  print(
    `${sums.days} days in ${seconds.toFixed(1)} s, ${sums.starts} faults, ${sums.broken} days broke a promise.`,
  );
  for (const [ending, many] of [...endings].toSorted((one, other) => other[1] - one[1]))
    print(`${String(many).padStart(8)}  ${ending}`);
  process.exitCode = sums.broken > 0 || sums.days < count ? 1 : 0;
}

async function play({ from, to, step }: Record<'from' | 'to' | 'step', number>): Promise<void> {
  for (let seed = from; seed < to; seed += step)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows, this is a thread
    parentPort?.postMessage(await simulate(seed));
}

await (isMainThread ? main() : play(workerData));
