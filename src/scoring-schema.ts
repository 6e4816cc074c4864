import { z } from 'zod';
import type { GoldenPrediction, ScoringService } from './domain/catalogue.ts';
import { golden, jsonPath } from './golden-schema.ts';

const rate = z.string().transform((text, context) => {
  const perSecond = Number(/^(\d+(?:\.\d+)?)\/s$/.exec(text)?.[1]);
  if (perSecond > 0 && perSecond <= 1_000) return perSecond;
  const message = `"${text}" is not a rate such as 10/s (at most 1000/s)`;
  context.addIssue({ code: z.ZodIssueCode.custom, message, fatal: true });
  return z.NEVER;
});

export const modelVersionShape = z
  .object({
    expected: z.string().min(1),
    header: z.string().min(1).optional(),
    path: jsonPath.optional(),
  })
  .strict();

/** How a service is asked for predictions, as it stands in chaos.yaml. */
export const createScoringShape = ({
  duration,
}: {
  duration: z.ZodType<number, z.ZodTypeDef, string>;
}) =>
  z
    .object({
      uri: z.string().url(),
      key: z.string().optional(),
      rate,
      timeout: duration,
      golden: z.array(golden).nonempty().optional(),
      goldenFile: z.string().min(1).optional(),
      modelVersion: modelVersionShape
        .refine(({ header, path }) => (header === undefined) !== (path === undefined), {
          message: 'name either the header or the path that tells the version',
        })
        .optional(),
    })
    .strict();

/** Exactly one place says what is right. */
export function checkGolden(
  { golden: inline, goldenFile }: { golden?: unknown; goldenFile?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((inline === undefined) !== (goldenFile === undefined)) return;
  const message = 'give inputs with the answers that are right, in golden or in a goldenFile';
  context.addIssue({ code: z.ZodIssueCode.custom, path: ['golden'], message });
}

/** What the prober needs; the key stays behind. */
export function toScoring(
  read: z.output<ReturnType<typeof createScoringShape>>,
  goldens: readonly GoldenPrediction[],
): ScoringService['scoring'] {
  const { uri, rate: ratePerSecond, timeout: timeoutMs } = read;
  const { modelVersion } = read;
  return {
    uri,
    ratePerSecond,
    timeoutMs,
    golden: goldens,
    ...(modelVersion ? { modelVersion } : {}),
  };
}
