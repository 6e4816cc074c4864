import { z } from 'zod';
import type { GoldenPrediction, ScoringService } from '../domain/catalogue.ts';
import { golden, jsonPath } from './golden-schema.ts';
import { duration, percentage, refuse } from './units.ts';

const rate = z.string().transform((text, context) => {
  const perSecond = Number(/^(\d+(?:\.\d+)?)\/s$/.exec(text)?.[1]);
  return perSecond > 0 && perSecond <= 1_000
    ? perSecond
    : refuse(context, `"${text}" is not a rate such as 10/s (at most 1000/s)`);
});

export const modelVersionShape = z
  .object({
    expected: z.string().min(1),
    header: z.string().min(1).optional(),
    path: jsonPath.optional(),
  })
  .strict();

/** Field names that HTTP itself needs, or that carry secrets: proposals and the journal show the headers. */
const reserved = /^(host|connection|content-length|content-type|transfer-encoding|upgrade)$/i;
const secret = /authorization|cookie|api-?key|token|secret|password/i;
const headers = z.record(z.string().regex(/^[^\r\n]*$/)).superRefine((read, context) => {
  for (const name of Object.keys(read)) {
    const say = (message: string) =>
      context.addIssue({ code: z.ZodIssueCode.custom, path: [name], message });
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) say(`"${name}" is not the name of a header`);
    if (reserved.test(name)) say('is set by the bot itself');
    if (secret.test(name))
      say('looks like a secret, and proposals show the headers; use key or auth');
  }
});

/** How a service is asked for predictions, as it stands in chaos.yaml. */
export const scoring = z
  .object({
    uri: z.string().url(),
    key: z.string().optional(),
    auth: z.literal('entra').optional(),
    scope: z.string().min(1).default('https://ml.azure.com/.default'),
    rate,
    arrivals: z.enum(['constant', 'poisson']).default('constant'),
    seed: z.number().int().default(1),
    timeout: duration,
    // As the clients of most users, some: enough to see what they see, too few for one pod that still answers to hide the others.
    keptAlive: percentage.default('10%'),
    podHeader: z.string().min(1).default('azureml-served-by-instance'),
    headers: headers.optional(),
    http2: z.boolean().default(true),
    golden: z.array(golden).nonempty().optional(),
    goldenFile: z.string().min(1).optional(),
    modelVersion: modelVersionShape
      .refine(({ header, path }) => (header === undefined) !== (path === undefined), {
        message: 'name either the header or the path that tells the version',
      })
      .optional(),
  })
  .strict();

type Read = z.output<typeof scoring>;

/** Exactly one place says what is right, and at most one who is asking. */
export function checkScoring({ key, auth, ...read }: Read, context: z.RefinementCtx): void {
  const say = (at: string, message: string) =>
    context.addIssue({ code: z.ZodIssueCode.custom, path: [at], message });
  if ((read.golden === undefined) === (read.goldenFile === undefined))
    say('golden', 'give inputs with the answers that are right, in golden or in a goldenFile');
  if (key !== undefined && auth !== undefined)
    say('auth', 'the service takes a key or a token of Entra; give one of them');
}

/** What the prober needs; the key stays behind. */
export function toScoring(
  read: Read,
  goldens: readonly GoldenPrediction[],
): ScoringService['scoring'] {
  const { uri, rate: ratePerSecond, timeout: timeoutMs, podHeader, http2 } = read;
  return {
    uri,
    ratePerSecond,
    timeoutMs,
    golden: goldens,
    keptAliveShare: read.keptAlive,
    podHeader,
    http2,
    ...(read.arrivals === 'poisson' ? { arrivals: { kind: 'poisson', seed: read.seed } } : {}),
    ...(read.headers ? { headers: read.headers } : {}),
    ...(read.modelVersion ? { modelVersion: read.modelVersion } : {}),
    ...(read.auth ? { entraScope: read.scope } : {}),
  };
}
