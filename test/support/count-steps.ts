import { Session } from 'node:inspector/promises';

export type StepCounter = {
  /** Runs the work and returns its steps: blocks of our code that ran, and characters and items that built-in methods looked at. */
  count(work: () => unknown): Promise<number>;
  close(): Promise<void>;
};

/** Counts the work of the modules whose path contains `part`. A count is the same on every machine, however busy it is. */
export async function createStepCounter(part: string): Promise<StepCounter> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  const takeBlocks = async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return result
      .filter(({ url }) => url.includes(part))
      .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges))
      .reduce((sum, { count }) => sum + count, 0);
  };
  return {
    async count(work) {
      await takeBlocks();
      const looked = countLooks(work);
      return looked + (await takeBlocks());
    },
    async close() {
      await session.post('Profiler.stopPreciseCoverage');
      session.disconnect();
    },
  };
}

type Call = {
  readonly subject: unknown;
  readonly given: readonly unknown[];
  readonly result: unknown;
};
type Method = (...given: unknown[]) => unknown;

const toLength = (value: unknown) =>
  typeof value === 'string' || Array.isArray(value) ? value.length : 1;
const whole = ({ subject }: Call) => toLength(subject);
const ofResult = ({ result }: Call) => toLength(result);

/** How many characters or items a call of these methods looks at; every use of a regular expression ends in `exec`. */
const costs: readonly (readonly [object, string, (call: Call) => number])[] = [
  ...['endsWith', 'normalize', 'split', 'startsWith', 'toLowerCase', 'toUpperCase', 'trim'].map(
    (name) => [String.prototype, name, whole] as const,
  ),
  ...['concat', 'join', 'flat', 'toSorted', 'toReversed'].map(
    (name) => [Array.prototype, name, whole] as const,
  ),
  [String.prototype, 'slice', ofResult],
  [Array.prototype, 'slice', ofResult],
];

const indexOf = Reflect.get(String.prototype, 'indexOf') as Method;
const exec = Reflect.get(RegExp.prototype, 'exec') as Method;

/** Replaces the built-in methods while the work runs. */
function countLooks(work: () => unknown): number {
  let looked = 0;
  const restore: (() => void)[] = [];
  const replace = (owner: object, name: string, counted: (original: Method) => Method) => {
    const original = Object.getOwnPropertyDescriptor(owner, name);
    if (!original) throw new Error(`There is no method ${name}.`);
    Object.defineProperty(owner, name, { ...original, value: counted(original.value as Method) });
    restore.push(() => Object.defineProperty(owner, name, original));
  };
  for (const [owner, name, cost] of costs)
    replace(owner, name, (original) => {
      return function (this: unknown, ...given: unknown[]) {
        const result = Reflect.apply(original, this, given);
        looked += 1 + cost({ subject: this, given, result });
        return result;
      };
    });
  for (const name of ['includes', 'indexOf'])
    replace(String.prototype, name, (original) => {
      return function (this: unknown, ...given: unknown[]) {
        const [wanted, from = 0] = given as [string, number?];
        const found = Reflect.apply(indexOf, this, [wanted, from]) as number;
        looked += 1 + (found < 0 ? toLength(this) : found + 1) - from;
        return Reflect.apply(original, this, given);
      };
    });
  replace(RegExp.prototype, 'exec', () => {
    return function (this: unknown, ...given: unknown[]) {
      const expression = this as RegExp;
      const from = expression.global || expression.sticky ? expression.lastIndex : 0;
      const found = Reflect.apply(exec, expression, given) as RegExpExecArray | null;
      // A sticky one looks at one place only, which is how `split` walks through a text.
      const end = expression.sticky ? from : String(given[0]).length;
      const until = found ? found.index + found[0].length : end;
      looked += 1 + until - from;
      return found;
    };
  });
  try {
    work();
  } finally {
    for (const undo of restore.toReversed()) undo();
  }
  return looked;
}
