import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Losses, LossRun, Observation } from '../../src/evidence/statistics/loss-runs.ts';

/** Draws numbers from 0 to 1, both excluded, that follow from a seed. */
export type Random = () => number;

export function createSeededRandom(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return () => ((generator.next() >>> 0) + 0.5) / 4_294_967_296;
}

/** A service that is in one of two states: in a burst it loses everything, otherwise only background noise. */
export type Service = {
  /** The mean length of a burst, exponential; 0 for losses that are independent of each other. */
  readonly burstSeconds: number;
  /** The share of time that is lost in bursts, or of predictions without bursts. */
  readonly lost: number;
  /** The share that is lost besides, independently. */
  readonly noise?: number;
  /** The share lost within a burst; 1 when absent. */
  readonly depth?: number;
};

/** How a run is watched. */
export type Watch = { readonly ratePerSecond: number; readonly seconds: number };

/** Bursts as their beginnings and ends in turn, in seconds. */
export type Bursts = readonly number[];

/** Draws the bursts of a span of the stationary process. */
export function drawBursts(
  random: Random,
  { burstSeconds, lost }: Service,
  seconds: number,
): Bursts {
  if (burstSeconds === 0) return [];
  const goodSeconds = (burstSeconds * (1 - lost)) / lost;
  const bursts: number[] = [];
  let isBurst = random() < lost;
  for (let at = 0; at < seconds; isBurst = !isBurst) {
    const until = at + drawExponential(random, isBurst ? burstSeconds : goodSeconds);
    if (isBurst) bursts.push(at, Math.min(until, seconds));
    at = until;
  }
  return bursts;
}

/** Draws bursts that lose exactly the service's share of this span, at random places in it. */
export function drawBurstsOfShare(random: Random, service: Service, seconds: number): Bursts {
  const { burstSeconds, lost } = service;
  if (burstSeconds === 0) return [];
  const lengths: number[] = [];
  for (let left = lost * seconds; left > 0;) {
    const length = Math.min(left, drawExponential(random, burstSeconds));
    lengths.push(length);
    left -= length;
  }
  const good = (1 - lost) * seconds;
  const places = lengths.map(() => random() * good).toSorted((one, next) => one - next);
  let before = 0;
  return lengths.flatMap((length, index) => {
    const from = (places[index] ?? 0) + before;
    before += length;
    return [from, from + length];
  });
}

/** Predictions in turn: 1 for a lost one, 0 for a good one. Drawn again and again, it may reuse the memory. */
export type Drawn = Uint8Array<ArrayBuffer>;

/**
 * Draws which predictions are lost, with one prediction at a random instant of each slot of 1/rate.
 */
export function drawLosses(
  random: Random,
  service: Service,
  { ratePerSecond, seconds, bursts }: Watch & { readonly bursts: Bursts },
): Drawn {
  const losses = reuse(Math.round(ratePerSecond * seconds));
  markBursts(random, losses, { depth: service.depth ?? 1, ratePerSecond, bursts });
  markNoise(random, losses, service.noise ?? 0);
  if (service.burstSeconds === 0) markNoise(random, losses, service.lost);
  return losses;
}

const memory = new Uint8Array(1_000_000);

function reuse(length: number): Drawn {
  if (length > memory.length) return new Uint8Array(length);
  return memory.subarray(0, length).fill(0);
}

type Marked = { readonly depth: number; readonly ratePerSecond: number; readonly bursts: Bursts };

function markBursts(random: Random, losses: Drawn, { depth, ratePerSecond, bursts }: Marked) {
  let [edge, instant] = [-1, 0];
  for (let index = 0; index < bursts.length; index += 2) {
    const [from, until] = [
      (bursts[index] ?? 0) * ratePerSecond,
      (bursts[index + 1] ?? 0) * ratePerSecond,
    ];
    for (let slot = Math.floor(from); slot < until && slot < losses.length; slot += 1) {
      // Only in a slot that a burst begins or ends in does it matter when its prediction was sent.
      if (slot < from || slot + 1 > until) {
        if (slot !== edge) [edge, instant] = [slot, slot + random()];
        if (instant < from || instant >= until) continue;
      }
      if (depth === 1 || random() < depth) losses[slot] = 1;
    }
  }
}

function markNoise(random: Random, losses: Drawn, share: number): void {
  if (share === 0) return;
  const scale = 1 / Math.log1p(-share);
  // The gap from each loss to the next is geometric.
  for (let at = -1; ; losses[at] = 1) {
    at += 1 + Math.floor(Math.log(random()) * scale);
    if (at >= losses.length) return;
  }
}

function drawExponential(random: Random, mean: number): number {
  return -Math.log(random()) * mean;
}

/** Draws a run of the stationary process. */
export function drawRun(random: Random, service: Service, watch: Watch): Observation {
  const bursts = drawBursts(random, service, watch.seconds);
  return toObservation(drawLosses(random, service, { ...watch, bursts }), watch.ratePerSecond);
}

/** Returns the counts of drawn losses. */
export function countDrawn(losses: Drawn): Losses {
  let [lost, runs, before] = [0, 0, 0];
  for (const one of losses) {
    lost += one;
    runs += one & ~before;
    before = one;
  }
  return { due: losses.length, lost, runs };
}

/** Returns drawn losses as an observation, due evenly. */
export function toObservation(losses: Drawn, ratePerSecond: number): Observation {
  const lossRuns: LossRun[] = [];
  const toMs = (slot: number) => (slot * 1_000) / ratePerSecond;
  for (let from = losses.indexOf(1); from >= 0;) {
    let next = from;
    while (losses[next] === 1) next += 1;
    lossRuns.push({ from: toMs(from), until: toMs(next - 1), lost: next - from });
    from = losses.indexOf(1, next);
  }
  return { due: losses.length, lossRuns };
}
