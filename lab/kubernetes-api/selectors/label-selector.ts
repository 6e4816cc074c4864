import { badRequest, type ApiError } from '../status.ts';

type Labels = Readonly<Record<string, string>>;
export type Requirement = {
  readonly key: string;
  readonly operator: 'exists' | 'absent' | 'in' | 'notin' | '>' | '<';
  readonly values: readonly string[];
};

const token = /\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+)/y;
const qualifiedName =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * Reads a label selector as Kubernetes does: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`,
 * `a>1`, `a<1`, joined by commas. Throws a BadRequest ApiError.
 */
export function parseLabelSelector(text: string): readonly Requirement[] {
  const tokens = new Tokens(text);
  const requirements: Requirement[] = [];
  if (tokens.peek() === undefined) return requirements;
  do requirements.push(readRequirement(tokens));
  while (tokens.take(','));
  const rest = tokens.peek();
  if (rest !== undefined) throw misunderstood(`found '${rest}', expected: ',' or 'end of string'`);
  return requirements;
}

type LabelSelector = {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
};

const setOperators: Readonly<Record<string, Requirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: 'absent',
};

/** The requirements of a selector as objects hold it; an empty one has none and matches everything. Throws a BadRequest ApiError. */
export function toRequirements(selector: LabelSelector): readonly Requirement[] {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const equal = Object.entries(matchLabels).map(([key, value]): Requirement => ({
    key,
    operator: 'in',
    values: [value],
  }));
  const sets = matchExpressions.map(({ key, operator, values = [] }): Requirement => {
    const known = setOperators[operator];
    if (known === undefined)
      throw badRequest(`"${operator}" is not a valid label selector operator`);
    return { key, operator: known, values };
  });
  return [...equal, ...sets];
}

export function matchesLabels(requirements: readonly Requirement[], labels: Labels = {}): boolean {
  return requirements.every((requirement) => matchesOne(requirement, labels[requirement.key]));
}

function matchesOne({ operator, values }: Requirement, value: string | undefined): boolean {
  if (operator === 'exists') return value !== undefined;
  if (operator === 'absent') return value === undefined;
  if (operator === 'notin') return value === undefined || !values.includes(value);
  if (value === undefined) return false;
  if (operator === 'in') return values.includes(value);
  if (!/^-?\d+$/.test(value)) return false;
  const limit = Number(values[0]);
  return operator === '>' ? Number(value) > limit : Number(value) < limit;
}

function readRequirement(tokens: Tokens): Requirement {
  const negated = tokens.take('!');
  const key = readKey(tokens);
  if (negated) return { key, operator: 'absent', values: [] };
  const operator = tokens.peek();
  if (operator === undefined || operator === ',') return { key, operator: 'exists', values: [] };
  tokens.next();
  if (operator === '=' || operator === '==')
    return { key, operator: 'in', values: [readValue(tokens)] };
  if (operator === '!=') return { key, operator: 'notin', values: [readValue(tokens)] };
  if (operator === 'in' || operator === 'notin')
    return { key, operator, values: readValues(tokens) };
  if (operator === '>' || operator === '<') return { key, operator, values: [readInteger(tokens)] };
  throw misunderstood(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
}

function readKey(tokens: Tokens): string {
  const key = tokens.next();
  if (key === undefined || isSymbol(key)) {
    throw misunderstood(`found '${key ?? ''}', expected: !, identifier, or 'end of string'`);
  }
  if (!qualifiedName.test(key)) throw misunderstood(`Invalid value: "${key}": not a label key`);
  return key;
}

function readValues(tokens: Tokens): string[] {
  if (!tokens.take('(')) throw misunderstood(`found '${tokens.peek() ?? ''}', expected: '('`);
  const values: string[] = [];
  do values.push(readValue(tokens));
  while (tokens.take(','));
  if (!tokens.take(')'))
    throw misunderstood(`found '${tokens.peek() ?? ''}', expected: ',' or ')'`);
  return values;
}

function readValue(tokens: Tokens): string {
  const value = tokens.peek();
  if (value === undefined || value === ',' || value === ')') return '';
  if (isSymbol(value)) throw misunderstood(`found '${value}', expected: identifier`);
  if (!labelValue.test(value)) throw misunderstood(`Invalid value: "${value}": not a label value`);
  tokens.next();
  return value;
}

function readInteger(tokens: Tokens): string {
  const value = readValue(tokens);
  if (/^-?\d+$/.test(value)) return value;
  throw misunderstood(
    `Invalid value: "${value}": for 'Gt', 'Lt' operators, the value must be an integer`,
  );
}

function isSymbol(text: string): boolean {
  return /^(==|!=|[=!(),<>])$/.test(text);
}

function misunderstood(why: string): ApiError {
  return badRequest(`unable to parse requirement: ${why}`);
}

class Tokens {
  readonly #tokens: readonly string[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = [...text.trim().matchAll(new RegExp(token, 'gy'))].map(
      (match) => match[1] ?? '',
    );
  }

  peek(): string | undefined {
    return this.#tokens[this.#position];
  }

  next(): string | undefined {
    return this.#tokens[this.#position++];
  }

  take(expected: string): boolean {
    if (this.peek() !== expected) return false;
    this.#position++;
    return true;
  }
}
