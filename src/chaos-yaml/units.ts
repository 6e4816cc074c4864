import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import type { ObjectId } from '../domain/ids.ts';
import { quote, wordIssue } from './word-issue.ts';

const dayMs = 24 * 3_600_000;

/** Says in the place of a value what is wrong with it. */
export function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: z.ZodIssueCode.custom, message, fatal: true });
  return z.NEVER;
}

/** Text that has a unit; a number that was written without one is shown with it. */
function withUnit(toMessage: (number: number) => string) {
  return z.string({
    errorMap: (issue, context) =>
      Number.isFinite(context.data)
        ? { message: toMessage(Number(context.data)) }
        : wordIssue(issue, context),
  });
}

const noUnit = (number: number | string) => `${number} has no unit; write ${number}s`;
const isNumber = (text: string) => /^\d+(\.\d+)?$/.test(text.trim());

type Bounds = { readonly least: string; readonly most: string; readonly why?: string };

/** `90s`, `5m` or `1h` within bounds, in milliseconds. */
export function duration({ least, most, why }: Bounds) {
  return withUnit(noUnit).transform((text, context) => {
    const ms = parseDuration(text);
    if (ms === undefined)
      return refuse(
        context,
        isNumber(text) ? noUnit(text) : `${quote(text)} is not a duration such as 90s, 5m or 1h`,
      );
    return within({ ms, text, least, most, why }, context);
  });
}

/** As a duration, or in days: objectives look back over weeks. */
export function span({ least, most, why }: Bounds) {
  return withUnit(noUnit).transform((text, context) => {
    const ms = parseSpan(text);
    if (ms === undefined)
      return refuse(
        context,
        isNumber(text) ? noUnit(text) : `${quote(text)} is not a span such as 30d or 12h`,
      );
    return within({ ms, text, least, most, why }, context);
  });
}

function parseSpan(text: string): number | undefined {
  const days = /^(\d+)d$/.exec(text.trim())?.[1];
  return days === undefined ? parseDuration(text) : Number(days) * dayMs;
}

function within(
  { ms, text, least, most, why }: { ms: number; text: string; why: string | undefined } & Bounds,
  context: z.RefinementCtx,
): number {
  const reason = why === undefined ? '' : `: ${why}`;
  if (ms < (parseSpan(least) ?? 0))
    return refuse(context, `must be at least ${least}, not ${quote(text)}${reason}`);
  if (ms > (parseSpan(most) ?? Infinity))
    return refuse(context, `must be at most ${most}, not ${quote(text)}`);
  return ms;
}

const noSign = (number: number | string) => `${number} has no % sign; write ${number}%`;

/** `99.5%`, as a share from 0 to 1. */
export const percentage = withUnit((number) =>
  number > 0 && number < 1
    ? `${number} has no % sign; write ${number}% or ${Number((number * 100).toFixed(4))}%`
    : noSign(number),
).transform((text, context) => {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text.trim())?.[1];
  if (percent === undefined)
    return refuse(
      context,
      isNumber(text) ? noSign(text) : `${quote(text)} is not a percentage such as 99.5%`,
    );
  const share = Number(percent) / 100;
  return share <= 1 ? share : refuse(context, `${quote(text)} is more than 100%`);
});

/** Neither none nor all. */
export const openShare = percentage.refine(
  (share) => share > 0 && share < 1,
  'must be over 0% and under 100%',
);

/** More than none. */
export const someShare = percentage.refine((share) => share > 0, 'must be over 0%');

/** Text that people read: something in it, nothing around it, on one line. */
export const label = z
  .string()
  .min(1)
  .max(200)
  .refine((text) => text === text.trim(), 'must not begin or end with a space')
  .refine((text) => !/\p{Cc}/u.test(text), 'must be on one line, without control characters');

export const objectId = z
  .string()
  .regex(
    guid(),
    'is not an Entra object id; it is a GUID such as 5f1a0c5e-0b1b-4c43-9d7e-2f5a7c1d9e12',
  )
  .refine((id) => /[^0-]/.test(id), 'is the empty GUID; put in the real one')
  .transform((id) => id.toLowerCase() as ObjectId);

/** A GUID, as Entra and Azure name things. */
export function guid(): RegExp {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
}
