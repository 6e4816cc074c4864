import { request } from 'undici';
import type { OutsideCheck } from '../domain/conditions.ts';
import type { OutsideChecks } from '../runs/ports/outside-checks.ts';
import { judgeError } from './judge-error.ts';
import { parseJson } from './parse-json.ts';
import { readBody } from './read-body.ts';
import { findOwn } from '../domain/find-own.ts';

export type OutsideChecksOptions = {
  /** The headers of a check, by its name; they never leave this adapter. */
  readonly headersOf: (name: string) => Readonly<Record<string, string>> | undefined;
};

const timeLimitMs = 5_000;

/** Asks what must be so outside, over HTTP. A redirect is not followed: it is an answer of another status. */
export function createOutsideChecks({ headersOf }: OutsideChecksOptions): OutsideChecks {
  return {
    async ask(check) {
      try {
        const signal = AbortSignal.timeout(timeLimitMs);
        const headers = { accept: 'application/json', ...headersOf(check.name) };
        const { statusCode, body } = await request(check.url, { headers, signal });
        return findDifference(check, statusCode, (await readBody(body)) ?? '');
      } catch (error) {
        return `it could not be asked (${judgeError(error)})`;
      }
    },
  };
}

function findDifference(
  { status, json = {} }: OutsideCheck,
  answered: number,
  text: string,
): string | undefined {
  if (answered !== status) return `it answered ${answered}, not ${status}`;
  const paths = Object.entries(json);
  if (paths.length === 0) return undefined;
  const answer = parseJson(text);
  if (answer === undefined) return 'its answer is not JSON';
  const differing = paths.find(([path, expected]) => readPath(answer, path) !== expected);
  return differing && `${differing[0]} is ${print(readPath(answer, differing[0]))}`;
}

/** `incidents.0.open`: names and indices with dots between them. */
function readPath(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null
          ? findOwn(inner as Record<string, unknown>, key)
          : undefined,
      value,
    );
}

const longestShown = 80;

function print(value: unknown): string {
  return value === undefined ? 'not there' : JSON.stringify(value).slice(0, longestShown);
}
