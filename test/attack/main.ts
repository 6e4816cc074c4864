import { attacks } from './attacks.ts';
import { runAttacks } from './run-attacks.ts';

/** `npm run attack`: one line per attack; exits with 1 when any of them got through. */
const print = (line: string) => void process.stdout.write(`${line}\n`);
const { outcomes, recorded, grownByMb, started, said, uncaught } = await runAttacks(attacks, print);
const through = outcomes.filter(({ refused }) => !refused);
print('');
print(`${outcomes.length - through.length} of ${outcomes.length} attacks were refused.`);
print(
  `Recorded before: ${JSON.stringify(recorded.before)}, after: ${JSON.stringify(recorded.after)}`,
);
print(`Faults started: ${started}. Memory grew by at most ${grownByMb} MB.`);
for (const line of said) print(`Said without a reason: ${line}`);
for (const line of uncaught) print(`Uncaught: ${line}`);
const isUnchanged = JSON.stringify(recorded.before) === JSON.stringify(recorded.after);
const isHeld = through.length + started + said.length + uncaught.length === 0 && isUnchanged;
process.exit(isHeld ? 0 : 1);
