import { z } from 'zod';
import { quote } from './word-issue.ts';

/** What an experiment may be called: people type it, in any case, and Azure's name of it is made of it. */
export const experimentName = z.string().superRefine((text, context) => {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) return;
  const lower = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|(?<!-)-+$/g, '');
  const hint = lower === '' ? '' : `; write ${lower.slice(0, 63)}`;
  const message =
    `${quote(text)} can't be the name of an experiment: ` +
    `lower-case letters, digits and hyphens, 63 characters at most${hint}`;
  context.addIssue({ code: z.ZodIssueCode.custom, message });
});

/** What a cluster or a service may be called. */
export function plainName(what: string) {
  return z
    .string()
    .regex(
      /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/i,
      `can't be the name of a ${what}: letters, digits, "-", "_" and ".", 63 characters at most`,
    );
}

/** The name of an HTTP header (RFC 9110). */
export const headerName = z
  .string()
  .regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is not the name of a header: letters, digits and hyphens');

/** What a header may hold: on one line, of characters that HTTP can carry, without spaces around it. */
export const headerValue = z
  .string()
  .regex(
    /^[\t\x20-\x7e\x80-\xff]*$/,
    'has a line break, or another character that a header cannot hold',
  )
  .refine((text) => text === text.trim(), 'must not begin or end with a space');

/** Headers that are sent. */
export const sentHeaders = z.record(headerName, headerValue);
