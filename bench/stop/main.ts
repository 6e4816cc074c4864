import { printTable } from '../comparison.ts';
import { measureStop } from './measure-stop.ts';

/** The stop bench alone: `node bench/stop/main.ts [ROUNDS [PART OF A LOAD'S NAME]]`. */
const rounds = Number(process.argv[2] ?? 4);
const say = (line: string) => process.stderr.write(`${line}\n`);
process.stdout.write(
  `${printTable(await measureStop({ rounds, say, only: process.argv[3] ?? '' }))}\n`,
);
