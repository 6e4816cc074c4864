import { z } from 'zod';
import type { GoldenPrediction, ScoringService } from '../domain/catalogue.ts';
import { golden, jsonPath } from './golden-schema.ts';
import { httpAddress } from './address.ts';
import { headerName, headerValue, sentHeaders } from './names.ts';
import { namesSecret, refuseSecrets } from './secret-url.ts';
import { duration, label, percentage, refuse } from './units.ts';
import { quote, wordIssue } from './word-issue.ts';

const mostPerSecond = 1_000;
const leastPerSecond = 0.1;

const rate = z
  .string({
    errorMap: (issue, context) =>
      Number.isFinite(context.data)
        ? { message: `${context.data} has no unit; write ${context.data}/s` }
        : wordIssue(issue, context),
  })
  .transform((text, context) => {
    const perSecond = Number(/^(\d+(?:\.\d+)?)\/s$/.exec(text.trim())?.[1]);
    if (Number.isNaN(perSecond))
      return refuse(context, `${quote(text)} is not a rate such as 10/s`);
    return perSecond >= leastPerSecond && perSecond <= mostPerSecond
      ? perSecond
      : refuse(context, `must be between 0.1/s and 1000/s, not ${quote(text)}`);
  });

const modelVersionShape = z
  .object({
    expected: label,
    header: headerName.optional(),
    path: jsonPath.optional(),
  })
  .strict();

/** Field names that HTTP itself needs, or that carry secrets: proposals and the journal show the headers. */
const reserved = /^(host|connection|content-length|content-type|transfer-encoding|upgrade)$/i;
const secret = /authorization|cookie|api-?key|token|secret|password/i;
const headers = sentHeaders.superRefine((read, context) => {
  for (const name of Object.keys(read)) {
    const say = (message: string) =>
      context.addIssue({ code: z.ZodIssueCode.custom, path: [name], message });
    if (reserved.test(name)) say('is set by the bot itself');
    if (secret.test(name) || namesSecret(name))
      say('looks like a secret, and proposals show the headers; use key or auth');
  }
});

/** How a service is asked for predictions, as it stands in chaos.yaml. */
export const scoring = z
  .object({
    uri: httpAddress.superRefine(
      refuseSecrets('put it into key, and the header that takes it into keyHeader'),
    ),
    key: headerValue.refine((text) => text !== '', 'must not be empty').optional(),
    keyHeader: headerName.optional(),
    auth: z.literal('entra').optional(),
    scope: z.string().min(1).optional(),
    rate,
    arrivals: z.enum(['constant', 'poisson']).default('constant'),
    seed: z.number().int().optional(),
    timeout: duration({ least: '10ms', most: '2m' }),
    // As the clients of most users, some: enough to see what they see, too few for one pod that still answers to hide the others.
    keptAlive: percentage.default('10%'),
    podHeader: headerName.default('azureml-served-by-instance'),
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
export function checkScoring(
  { key, auth, keyHeader, ...read }: Read,
  context: z.RefinementCtx,
): void {
  const say = (at: string, message: string) =>
    context.addIssue({ code: z.ZodIssueCode.custom, path: [at], message });
  if ((read.golden === undefined) === (read.goldenFile === undefined))
    say('golden', 'give inputs with the answers that are right, in golden or in a goldenFile');
  if (key !== undefined && auth !== undefined)
    say('auth', 'the service takes a key or a token of Entra; give one of them');
  if (keyHeader !== undefined && key === undefined)
    say('keyHeader', 'names the header that takes the key, and there is no key');
  if (read.scope !== undefined && auth === undefined)
    say('scope', 'has no effect without `auth: entra`');
  if (read.seed !== undefined && read.arrivals === 'constant')
    say('seed', 'has no effect without `arrivals: poisson`');
}

const defaultScope = 'https://ml.azure.com/.default';

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
    ...(read.arrivals === 'poisson' ? { arrivals: { kind: 'poisson', seed: read.seed ?? 1 } } : {}),
    ...(read.keyHeader ? { keyHeader: read.keyHeader } : {}),
    ...(read.headers ? { headers: read.headers } : {}),
    ...(read.modelVersion ? { modelVersion: read.modelVersion } : {}),
    ...(read.auth ? { entraScope: read.scope ?? defaultScope } : {}),
  };
}
