import { addFailedBy, addFailures } from './join-seconds.ts';
import {
  findEnd,
  type FailureCounts,
  type PodLosses,
  type SecondMeasurement,
} from './measurement.ts';

/** A span in which predictions were lost: from the beginning of the first second with a loss to the end of the last. */
export type Outage = {
  readonly from: number;
  readonly until: number;
  readonly lost: number;
  /** How many were measured in it, also in good seconds between those with a loss. */
  readonly sent: number;
  readonly failures: FailureCounts;
  /** Which pods gave the failed answers, as far as they named themselves; absent where none did. */
  readonly failedBy?: readonly PodLosses[];
  /** The seconds of it that lost some, in order. */
  readonly lossy: readonly SecondMeasurement[];
};

/** Losses near each other. */
export type Episode = {
  /** Those that belong together. */
  readonly spans: readonly Outage[];
  /** All that was measured from its first second to its last. */
  readonly within: readonly SecondMeasurement[];
  /** Whether it would make one long outage, or many, of a service that mostly answered. */
  readonly isScattered: boolean;
};

/** Losses with no more than one good second between them belong together. */
const joinedWithinMs = 2_000;
/** Losses that are no further apart are near each other. */
const nearWithinMs = 10_000;
/** One span that is no longer, or two of those, are the losses of a pod that dies. */
const scatteredFromMs = 5_000;
const scatteredFrom = 3;
/** One pod explains losses when it gave this share of the failed answers that name one, and they are half of all. */
const ofOnePod = 0.9;
/** A merged minute does not tell when it lost its predictions. So many minutes with losses count as scattered. */
const mergedFrom = 3;

/** Finds the episodes in seconds, which are in order. */
export function findEpisodes(seconds: readonly SecondMeasurement[]): readonly Episode[] {
  const groups: Outage[][] = [];
  for (const span of joinLosses(seconds)) {
    const last = groups.at(-1);
    if (last && span.from - (last.at(-1)?.until ?? 0) < nearWithinMs) last.push(span);
    else groups.push([span]);
  }
  return groups.map((spans) => toEpisode(spans, seconds));
}

function toEpisode(spans: readonly Outage[], seconds: readonly SecondMeasurement[]): Episode {
  const [from, until] = [spans.at(0)?.from ?? 0, spans.at(-1)?.until ?? 0];
  const within = seconds.filter(({ at }) => at >= from && at < until);
  const lost = sum(spans.map((span) => span.lost));
  const isSparse = lost < sum(within.map(({ sent }) => sent)) / 2;
  const isMany = spans.length >= scatteredFrom || spans.some(isLong);
  const isExplained = isOfOnePod(spans, lost) || isMerged(within);
  const isScattered = isSparse && isMany && isLong({ from, until }) && !isExplained;
  return { spans, within, isScattered };
}

const isLong = ({ from, until }: Pick<Outage, 'from' | 'until'>) => until - from > scatteredFromMs;

/** Losses that one pod's answers explain belong together, however they lie. */
function isOfOnePod(spans: readonly Outage[], lost: number): boolean {
  const { failedBy = [] } = addFailedBy(...spans);
  const counts = failedBy.map((one) => one.lost);
  const most = Math.max(0, ...counts);
  return most >= lost / 2 && most >= ofOnePod * sum(counts);
}

function isMerged(within: readonly SecondMeasurement[]): boolean {
  const merged = within.filter(
    (second) => findEnd(second) - second.at > 1_000 && second.good < second.sent,
  );
  return merged.length > 0 && merged.length < mergedFrom;
}

const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);

type Joined = Omit<Outage, 'lossy'>;

/** Joins the seconds that lost some to spans. */
export function joinLosses(seconds: readonly SecondMeasurement[]): readonly Outage[] {
  const outages: Joined[] = [];
  const lossy: SecondMeasurement[][] = [];
  let between = 0;
  for (const second of seconds) {
    const { at, sent, good, failures } = second;
    if (good === sent) {
      between += sent;
      continue;
    }
    const here: Joined = {
      from: at,
      until: findEnd(second),
      lost: sent - good,
      sent,
      failures,
      ...addFailedBy(second),
    };
    const last = outages.at(-1);
    if (last && at - last.until < joinedWithinMs) {
      outages[outages.length - 1] = join(last, here, between);
      lossy.at(-1)?.push(second);
    } else {
      outages.push(here);
      lossy.push([second]);
    }
    between = 0;
  }
  return outages.map((outage, index) => ({ ...outage, lossy: lossy[index] ?? [] }));
}

/** `between`: how many were measured between the two. */
function join(one: Joined, next: Joined, between: number): Joined {
  return {
    from: one.from,
    until: next.until,
    lost: one.lost + next.lost,
    sent: one.sent + between + next.sent,
    failures: addFailures(one.failures, next.failures),
    ...addFailedBy(one, next),
  };
}
