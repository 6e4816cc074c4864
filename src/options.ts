import { findNearestWord } from './domain/nearest-word.ts';

const known = ['--check', '--live', '--within'];
const usage = 'Usage: npm start [-- --check [--live [--within=30s]]]';

/** Returns what is wrong with the options of `npm start --`; undefined when nothing is. A typo must not start the bot. */
export function findOptionProblem(
  options: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const names = options.map((option) => option.replace(/^--within=.*$/s, '--within'));
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const nearest = findNearestWord(unknown.slice(0, 60).replace(/^-*/, '--'), known);
    const hint = nearest ? ` Did you mean ${nearest}?` : '';
    return `There is no option ${unknown.slice(0, 60)}.${hint} ${usage}`;
  }
  // Without the first two dashes npm takes the option for itself, and the bot would start.
  if (env['npm_config_check'] !== undefined && !options.includes('--check'))
    return 'npm took --check for itself; write: npm start -- --check';
  if (names.includes('--within') && !names.includes('--live'))
    return '--within goes with --live: npm start -- --check --live --within=30s';
  return names.includes('--live') && !names.includes('--check')
    ? '--live goes with --check: npm start -- --check --live'
    : undefined;
}
