declare const brand: unique symbol;

/** A string that was checked or made in one place and is not interchangeable with other strings. */
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Names one run for people and machines: `r-` and six characters of Crockford's base 32, as in `r-7k2mq4`. */
export type RunId = Branded<'RunId'>;

/** SHA-256 of a proposal's canonical JSON, 64 lower-case hexadecimal digits. */
export type Digest = Branded<'Digest'>;

/** The Entra object id of a person, a lower-case GUID. */
export type ObjectId = Branded<'ObjectId'>;

/** The id that Azure gave to one start of an experiment. */
export type ExecutionId = Branded<'ExecutionId'>;

const runIdPattern = /^r-[0-9a-hjkmnp-tv-z]{6}$/;

/** Reads a run id as people type it (any case, with or without `r-`); undefined when it cannot be one. */
export function parseRunId(text: string): RunId | undefined {
  const lower = text.trim().toLowerCase();
  const id = lower.startsWith('r-') ? lower : `r-${lower}`;
  return runIdPattern.test(id) ? (id as RunId) : undefined;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new run id from six random bytes. */
export function toRunId(random: Uint8Array): RunId {
  const digits = Array.from(random.slice(0, 6), (byte) => alphabet[byte % 32]);
  return `r-${digits.join('')}` as RunId;
}
