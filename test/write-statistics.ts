import { readFile, writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { tabulations, writeTable } from './support/simulations/tables.ts';

/** Simulates the tables of docs/statistics.md anew: `npm run statistics`. */
const path = 'docs/statistics.md';
let text = await readFile(path, 'utf8');
for (const tabulate of Object.values(tabulations)) text = writeTable(text, tabulate());
await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
