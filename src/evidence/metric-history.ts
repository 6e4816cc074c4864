import {
  thinCourse,
  toUnread,
  type Metric,
  type MetricMeasurement,
  type MetricPoint,
  type MetricReading,
} from '../domain/metric.ts';

/** The newest readings are kept one by one, twice as many at most; older ones are joined in pairs, so that no phase can be dated exactly further back than these. */
const leastKept = 1_000;

/** Several readings that are kept as one. */
type Joined = Pick<MetricMeasurement, 'read' | 'missing' | 'least' | 'most' | 'problem'>;

/** A reading, `at` ms since the epoch; with `joined` it stands for several, and its value is the one that shows their peak. */
export type MetricPart = MetricReading & { readonly at: number; readonly joined?: Joined };

/** Keeps what was read of a metric by when it was asked for, so that a phase can be dated later than it was measured. */
export class MetricHistory {
  readonly metric: Pick<Metric, 'name' | 'everyMs'>;
  #parts: readonly MetricPart[];

  constructor(
    metric: Pick<Metric, 'name' | 'everyMs'>,
    resumeFrom: readonly MetricPart[] | undefined,
  ) {
    this.metric = metric;
    this.#parts = resumeFrom ?? [];
  }

  /** Takes a reading in. Those of either side of a boundary, ms since the epoch, are never joined. */
  add(reading: MetricReading, at: number, boundaries: readonly number[]): void {
    const index = this.#parts.findLastIndex((part) => part.at <= at) + 1;
    this.#parts = this.#parts.toSpliced(index, 0, { ...reading, at });
    if (this.#parts.length <= 2 * leastKept) return;
    const [old, kept] = [this.#parts.slice(0, -leastKept), this.#parts.slice(-leastKept)];
    this.#parts = [...joinPairs(old, boundaries), ...kept];
  }

  latest(): MetricReading | undefined {
    return this.#parts.at(-1);
  }

  /** The values that were read from `from` on, with the one before. */
  pointsSince(from: number): {
    readonly before?: MetricPoint;
    readonly points: readonly MetricPoint[];
  } {
    const points = this.#parts.flatMap(toPoint);
    const before = points.findLast(({ at }) => at < from);
    return { ...(before ? { before } : {}), points: points.filter(({ at }) => at >= from) };
  }

  /** What was read from `from` until `until`. */
  measurement(from: number, until: number): MetricMeasurement {
    const parts = this.#parts.filter(({ at }) => at >= from && at < until);
    const { name, everyMs } = this.metric;
    return {
      ...toUnread(name),
      everyMs,
      ...parts.map(toJoined).reduce(sum, toJoined()),
      course: thinCourse(parts.flatMap(toPoint)),
    };
  }

  /** What is kept, to go on with after a restart. */
  state(): readonly MetricPart[] {
    return this.#parts;
  }
}

/** What a phase of which only the sums are known had read. */
export function toParts(
  { read, missing, least, most, problem, course }: MetricMeasurement,
  from: number,
): readonly MetricPart[] {
  const [first, ...others] = course;
  const joined = { read: read - others.length, missing, least, most, ...toProblem(problem) };
  if (first) return [{ ...first, joined }, ...others];
  return missing === 0 ? [] : [{ at: from, problem: problem ?? '', joined }];
}

function toPoint(part: MetricPart): readonly MetricPoint[] {
  return 'value' in part ? [{ at: part.at, value: part.value }] : [];
}

function toJoined(part?: MetricPart): Joined {
  if (!part) return { read: 0, missing: 0, least: null, most: null };
  if (part.joined) return part.joined;
  return 'value' in part
    ? { read: 1, missing: 0, least: part.value, most: part.value }
    : { read: 0, missing: 1, least: null, most: null, problem: part.problem };
}

function sum(one: Joined, other: Joined): Joined {
  return {
    read: one.read + other.read,
    missing: one.missing + other.missing,
    least: choose(Math.min, one.least, other.least),
    most: choose(Math.max, one.most, other.most),
    ...toProblem(other.problem ?? one.problem),
  };
}

function choose(
  by: (one: number, other: number) => number,
  one: number | null,
  other: number | null,
): number | null {
  if (one === null || other === null) return one ?? other;
  return by(one, other);
}

const toProblem = (problem: string | undefined) => (problem === undefined ? {} : { problem });

/** Joins each two neighbours that lie on the same side of every boundary. */
function joinPairs(
  parts: readonly MetricPart[],
  boundaries: readonly number[],
): readonly MetricPart[] {
  const values = parts.flatMap(toPoint);
  const mean = values.reduce((total, { value }) => total + value, 0) / values.length;
  const joined: MetricPart[] = [];
  for (let index = 0; index < parts.length; index += 1) {
    const [one, other] = [parts[index], parts[index + 1]];
    if (!one) break;
    const isApart = other && boundaries.some((at) => one.at < at && at <= other.at);
    if (!other || isApart) joined.push(one);
    else {
      joined.push({ ...choosePeak(one, other, mean), joined: sum(toJoined(one), toJoined(other)) });
      index += 1;
    }
  }
  return joined;
}

/** The one that is farther from the mean; one with a value before one without. */
function choosePeak(one: MetricPart, other: MetricPart, mean: number): MetricPart {
  if (!('value' in other)) return one;
  if (!('value' in one)) return other;
  return Math.abs(other.value - mean) > Math.abs(one.value - mean) ? other : one;
}
