import { printTable } from '../comparison.ts';
import { measureHistory } from './measure-history.ts';

/** `npm run bench:history [-- RUNS]`: measures with so many stored runs, 100,000 where nothing is said; writing them takes minutes. */
const runs = Number(process.argv[2] ?? 100_000);
const say = (line: string) => process.stderr.write(`${line}\n`);
const comparisons = await measureHistory({ runs, rounds: 50, say });
process.stdout.write(`${printTable(comparisons)}\n`);
