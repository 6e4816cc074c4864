import { isQuantile, parseTolerance, signals, type Signal, type Tolerance } from './hypothesis.ts';
import { findNearestWord } from './nearest-word.ts';

const example = 'write for example "availability >= 99%", "p95 <= 300ms" or "pods ready >= 2"';
const longestShown = 60;

/** Returns what is wrong with a tolerance as it is written, and how to write it; undefined when it can be judged. */
export function findToleranceProblem(text: string): string | undefined {
  const tolerance = parseTolerance(text);
  if (tolerance) return findBoundProblem(tolerance);
  const shown = `"${text.slice(0, longestShown)}"`;
  const [, name = '', sign = '', rest = ''] = /^([^<>=≤≥]*)([<>=≤≥]*)(.*)$/s.exec(text) ?? [];
  if (sign === '') return `${shown} is not a tolerance; ${example}`;
  const signal = findSignal(name);
  if (signal === undefined) return `${shown}: ${explainUnknown(name)}`;
  const bound = rest.trim();
  const problem = explainBound(signal, bound) ?? explainSign(signal, bound);
  return problem === undefined ? `${shown} is not a tolerance; ${example}` : `${shown}: ${problem}`;
}

/** Returns why a bound decides nothing; undefined when it can. */
function findBoundProblem({ signal, bound }: Tolerance): string | undefined {
  if (bound !== 0) return undefined;
  if (isQuantile(signal))
    return `${signal} <= 0ms can never hold; give the slowest time you accept`;
  if (signal === 'pods ready')
    return 'pods ready >= 0 always holds; give at least 1, or leave it out';
  return signal === 'availability' || signal === 'correct'
    ? `${signal} >= 0% always holds; give a larger share, or leave it out`
    : undefined;
}

function findSignal(name: string): Signal | undefined {
  const plain = name.trim().toLowerCase().replace(/\s+/g, ' ');
  if (/^metric\([a-z][a-z0-9-]*\)$/.test(plain)) return plain as Signal;
  return signals.find((signal) => signal === plain);
}

function explainUnknown(name: string): string {
  const asked = name.trim().toLowerCase().slice(0, longestShown);
  const nearest = findNearestWord(asked, signals);
  const hint = nearest ? `; did you mean "${nearest}"?` : '';
  return `there is no signal "${asked}" (${signals.join(', ')}, metric(NAME))${hint}`;
}

const toSign = (signal: Signal) => (isQuantile(signal) ? '<=' : '>=');
const isBound = (signal: Signal, bound: string) =>
  parseTolerance(`${signal} ${toSign(signal)} ${bound}`) !== undefined;

/** What is wrong with what stands after the sign; undefined when it is a bound, or nothing like one. */
function explainBound(signal: Signal, bound: string): string | undefined {
  if (bound === '') return `has nothing to compare with; ${example}`;
  if (isBound(signal, bound) || signal.startsWith('metric(')) return undefined;
  const isNumber = /^\d+(\.\d+)?$/.test(bound);
  if (isQuantile(signal)) return isNumber ? `${bound} has no unit; write ${bound}ms` : undefined;
  if (signal === 'pods ready') return 'pods are counted in whole numbers; write "pods ready >= 2"';
  if (isNumber) return `${bound} has no % sign; write ${bound}%`;
  return /^\d+(\.\d+)?%$/.test(bound) ? `${bound} is more than 100%` : undefined;
}

/** What is wrong with the sign before a bound; undefined when the bound is none. */
function explainSign(signal: Signal, bound: string): string | undefined {
  if (!isBound(signal, bound)) return undefined;
  const sign = toSign(signal);
  return signal.startsWith('metric(')
    ? 'a metric is compared by >= or <='
    : `${signal} is compared by ${sign}; write "${signal} ${sign} ${bound}"`;
}
