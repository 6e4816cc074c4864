import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import type { ObjectId } from '../domain/ids.ts';

/** `90s`, `5m` or `1h`, in milliseconds. */
export const duration = z
  .string()
  .transform(
    (text, context) =>
      parseDuration(text) ?? refuse(context, `"${text}" is not a duration such as 90s, 5m or 1h`),
  );

/** `99.5%`, as a share from 0 to 1. */
export const percentage = z.string().transform((text, context) => {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1];
  const share = Number(percent) / 100;
  return share >= 0 && share <= 1
    ? share
    : refuse(context, `"${text}" is not a percentage such as 99.5%`);
});

/** Neither none nor all. */
export const isOpenShare = (share: number) => share > 0 && share < 1;

/** As a duration, or in days: objectives look back over weeks. */
export const span = z.string().transform((text, context) => {
  const days = Number(/^(\d+)d$/.exec(text)?.[1]);
  return days > 0
    ? days * 24 * 3_600_000
    : (parseDuration(text) ?? refuse(context, `"${text}" is not a span such as 30d or 12h`));
});

export const objectId = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'an Entra object id is a GUID')
  .transform((id) => id.toLowerCase() as ObjectId);

/** Says in the place of a value what is wrong with it. */
export function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue({ code: z.ZodIssueCode.custom, message, fatal: true });
  return z.NEVER;
}
