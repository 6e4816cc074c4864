import { tabulations } from './tables.ts';

/** Prints all simulated tables as JSON. In a process of its own: the test runner's sandbox is some 15 times slower. */
const tables = Object.values(tabulations).map((tabulate) => tabulate());
process.stdout.write(JSON.stringify(tables));
