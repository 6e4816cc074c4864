import { findNearestWord } from './domain/nearest-word.ts';

const known = ['--check', '--live'];

/** Returns what is wrong with the options of `npm start --`; undefined when nothing is. A typo must not start the bot. */
export function findOptionProblem(
  options: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const unknown = options.find((option) => !known.includes(option));
  if (unknown !== undefined) {
    const nearest = findNearestWord(unknown.slice(0, 60).replace(/^-*/, '--'), known);
    const hint = nearest ? ` Did you mean ${nearest}?` : '';
    return `There is no option ${unknown.slice(0, 60)}.${hint} Usage: npm start [-- --check [--live]]`;
  }
  // Without the first two dashes npm takes the option for itself, and the bot would start.
  if (env['npm_config_check'] !== undefined && !options.includes('--check'))
    return 'npm took --check for itself; write: npm start -- --check';
  return options.includes('--live') && !options.includes('--check')
    ? '--live goes with --check: npm start -- --check --live'
    : undefined;
}
