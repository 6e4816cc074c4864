import { z } from 'zod';
import { findNearestWord } from '../domain/nearest-word.ts';
import { findOwn } from '../domain/find-own.ts';

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  nan: 'a number',
  float: 'a number with decimals',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  null: 'nothing',
};
const toKind = (type: string) => findOwn(kinds, type) ?? 'something else';

/** Words what the validator finds. Messages that a schema brings along are kept. */
export const wordIssue: z.ZodErrorMap = (issue, { data, defaultError }) => {
  const plain = z.defaultErrorMap(issue, { data, defaultError: '' }).message;
  return { message: defaultError === plain ? word(issue, data) : defaultError };
};

function word(issue: z.ZodIssueOptionalMessage, data: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return wordType(issue.expected, issue.received, data);
    case 'invalid_enum_value':
      return wordChoice(issue.options, data);
    case 'invalid_literal':
      return `must be ${JSON.stringify(issue.expected)}`;
    case 'invalid_union':
      return `must be ${listKinds(issue.unionErrors)}`;
    case 'unrecognized_keys':
      return `unknown keys ${issue.keys.join(', ')}`;
    case 'too_small':
      return wordBound('at least', issue.type, Number(issue.minimum));
    case 'too_big':
      return wordBound('at most', issue.type, Number(issue.maximum));
    case 'not_finite':
      return 'must be a finite number';
    default:
      return 'cannot be used here; see the comments in chaos.yaml of the repository';
  }
}

function wordType(expected: string, received: string, data: unknown): string {
  if (received === 'undefined') return 'is missing';
  if (received === 'null') return 'has no value; write one, or delete the key';
  if (expected === 'integer' && Number.isFinite(data))
    return `must be a whole number, not ${String(data)}`;
  if (received === 'nan') return 'is not a number';
  const hint =
    expected === 'string' && ['number', 'boolean'].includes(received) ? '; put it in quotes' : '';
  return `must be ${toKind(expected)}, not ${toKind(received)}${hint}`;
}

function wordChoice(options: readonly (string | number)[], data: unknown): string {
  const given = typeof data === 'string' ? data : '';
  const nearest = findNearestWord(given.slice(0, 60), options.map(String));
  const hint = nearest ? `; did you mean "${nearest}"?` : '';
  return `must be one of ${options.join(', ')}, not ${quote(given)}${hint}`;
}

function listKinds(errors: readonly z.ZodError[]): string {
  const types = errors.flatMap(({ issues }) =>
    issues.flatMap((issue) => (issue.code === 'invalid_type' ? [toKind(issue.expected)] : [])),
  );
  const [last, ...before] = [...new Set(types)].toReversed();
  return before.length === 0 ? `${last}` : `${before.toReversed().join(', ')} or ${last}`;
}

function wordBound(bound: string, type: string, limit: number): string {
  if (type === 'array') return `must have ${bound} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
  if (type !== 'string') return `must be ${bound} ${limit}`;
  return limit === 1 ? 'must not be empty' : `must have ${bound} ${limit} characters`;
}

const longestQuote = 60;

/** What somebody wrote, in quotes, on one line and not too long. */
export function quote(text: string): string {
  return JSON.stringify(text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text);
}
