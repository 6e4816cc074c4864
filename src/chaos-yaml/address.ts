import { z } from 'zod';
import { quote } from './word-issue.ts';

type Shape = {
  readonly protocols: readonly string[];
  /** How a right one looks. */
  readonly example: string;
};

/** Returns what is wrong with an address; undefined when nothing is. Never repeats what may hold a secret. */
export function findAddressProblem(
  text: string,
  { protocols, example }: Shape,
): string | undefined {
  const like = `write it like ${example}`;
  if (text === '') return 'must not be empty';
  if (/\s/.test(text)) return `has a space in it; ${like}`;
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined)
    return `${show(text)} does not begin with ${protocols.map((one) => `${one}://`).join(' or ')}; ${like}`;
  if (!protocols.includes(scheme))
    return `begins with ${scheme}://, not with ${protocols.map((one) => `${one}://`).join(' or ')}; ${like}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  // What follows a typo in the scheme, as in http:///host, would be taken for the host.
  if (!url || !/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text)) return `is not an address; ${like}`;
  return undefined;
}

/** An address without what may be a secret in it. */
function show(text: string): string {
  return quote(text.replace(/[?#].*$/s, '').replace(/^.*@/, ''));
}

/** The address of something that is asked over HTTP. Proposals show it: `refuseSecrets` keeps secrets out of it. */
export const httpAddress = z.string().superRefine((text, context) => {
  const problem = findAddressProblem(text, {
    protocols: ['http', 'https'],
    example: 'https://HOST/PATH',
  });
  if (problem !== undefined) context.addIssue({ code: z.ZodIssueCode.custom, message: problem });
});
