import { toLogGamma } from '../evidence/statistics/quantiles.ts';
import { toCanonicalJson } from './canonical-json.ts';
import type { RunId } from './ids.ts';
import type { Run } from './run.ts';

type Counts = { readonly good: number; readonly sent: number };

/** A run's availability under the fault beside that of earlier runs of the same fault on the same service, put together. */
export type Comparison = {
  readonly outcome: 'better' | 'worse' | 'same';
  readonly now: Counts;
  readonly before: Counts;
  /** The runs that it is compared to, newest first. */
  readonly runs: readonly RunId[];
  /** How probable so great a difference is where there is none; two-sided. */
  readonly probability: number;
};

/**
 * A difference counts when chance alone would bring it about less often than this. Stricter than the usual 5 %: losses come in bursts, so the test, which takes
 * predictions as independent of each other, is surer than it should be.
 */
const significance = 0.01;
const mostRuns = 5;

/** Compares a run to earlier ones, newest first; undefined when nothing was measured under its fault, or there is none to compare it to. */
export function compareRuns(run: Run, others: readonly Run[]): Comparison | undefined {
  const now = toCounts(run);
  const earlier = others.filter((other) => isComparable(run, other)).slice(0, mostRuns);
  if (!now || earlier.length === 0) return undefined;
  const before = earlier.map(toCounts).reduce<Counts>(
    (sum, counts) => ({
      good: sum.good + (counts?.good ?? 0),
      sent: sum.sent + (counts?.sent ?? 0),
    }),
    { good: 0, sent: 0 },
  );
  const probability = testFisher(now, before);
  const isBetter = now.good / now.sent > before.good / before.sent;
  const outcome = probability >= significance ? 'same' : isBetter ? 'better' : 'worse';
  return { outcome, now, before, runs: earlier.map(({ id }) => id), probability };
}

/** Earlier, with a fault of the same kind, size and length that was seen, on the same service. */
function isComparable(run: Run, other: Run): boolean {
  const { proposal } = run;
  const same = (one: unknown, two: unknown) => toCanonicalJson(one) === toCanonicalJson(two);
  return (
    other.id !== run.id &&
    other.proposal.proposedAt < proposal.proposedAt &&
    other.end?.ending === 'completed' &&
    other.proposal.service.name === proposal.service.name &&
    other.proposal.service.cluster === proposal.service.cluster &&
    same(other.proposal.fault, proposal.fault) &&
    toCounts(other) !== undefined
  );
}

/** What was measured under a fault that was seen; undefined when nothing was. */
function toCounts({ observed, faultSeen }: Run): Counts | undefined {
  const { sent = 0, good = 0 } = observed?.measurement.predictions ?? {};
  return faultSeen && sent > 0 ? { good, sent } : undefined;
}

/**
 * Fisher's exact test of two shares, two-sided: the probability, with what is good and what is sent in all given, of every table that is no more probable than the
 * one observed (Fisher, Statistical Methods for Research Workers, section 21.02; two-sided as in Agresti, Categorical Data Analysis, 3.5.1).
 */
export function testFisher(one: Counts, other: Counts): number {
  const lostInOne = one.sent - one.good;
  const lost = lostInOne + other.sent - other.good;
  const [fewest, most] = [Math.max(0, lost - other.sent), Math.min(lost, one.sent)];
  const toLog = (count: number) =>
    toLogChoose(one.sent, count) +
    toLogChoose(other.sent, lost - count) -
    toLogChoose(one.sent + other.sent, lost);
  // Tables that are as probable differ in the last digits.
  const limit = toLog(lostInOne) + 1e-7;
  let [log, probability] = [toLog(fewest), 0];
  for (let count = fewest; count <= most; count += 1) {
    if (log <= limit) probability += Math.exp(log);
    // From each table to the next, which is much cheaper than from nothing.
    log += Math.log((one.sent - count) * (lost - count));
    log -= Math.log((count + 1) * (other.sent - lost + count + 1));
  }
  return Math.min(1, probability);
}

function toLogChoose(all: number, some: number): number {
  return toLogGamma(all + 1) - toLogGamma(some + 1) - toLogGamma(all - some + 1);
}

/** `worse than the last 3 runs: 85.32 % under the fault against 99.21 % (Fisher's exact test, p < 0.001)` */
export function printComparison({ outcome, now, before, runs, probability }: Comparison): string {
  const toShare = ({ good, sent }: Counts) => {
    const percent = (good / sent) * 100;
    const shown = Number.isInteger(percent) ? `${percent}` : percent.toFixed(2);
    return `${good < sent && shown === '100.00' ? '99.99' : shown} %`;
  };
  const others = runs.length === 1 ? 'the last run' : `the last ${runs.length} runs`;
  const words = {
    better: `better than ${others}`,
    worse: `worse than ${others}`,
    same: `no different from ${others} that the numbers could tell`,
  };
  const p = probability < 0.001 ? 'p < 0.001' : `p = ${probability.toFixed(3)}`;
  return `${words[outcome]}: ${toShare(now)} good under the fault against ${toShare(before)} (Fisher's exact test, ${p})`;
}
