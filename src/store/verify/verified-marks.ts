import type { Kysely } from 'kysely';
import type { Sha256 } from '../../domain/proposal.ts';
import { readAnchors, toAnchorHash, type Anchor } from '../anchors.ts';
import type { Tables } from '../database.ts';
import { createSeal } from '../seal.ts';

/** How far the journal was found to be what was written. */
export type VerifiedMark = {
  /** The newest anchor that was verified. */
  readonly anchor: Anchor;
  /** How many runs and entries there were up to it. */
  readonly runs: number;
  readonly entries: number;
  /** When the last verification of the whole journal began, ms since the epoch. */
  readonly fullAt: number;
};

export type VerifiedMarks = {
  /** Undefined when there is none, its seal does not fit, or the journal does not have its anchor. */
  find(): Promise<VerifiedMark | undefined>;
  save(mark: VerifiedMark): Promise<void>;
  /** From now on nothing counts as verified. */
  forget(): Promise<void>;
};

type Stored = Omit<VerifiedMark, 'anchor'> & { readonly sequence: number; readonly hash: string };

/** There is one mark for the whole journal. */
const onlyId = 1;

/** Keeps the mark in the database. Its seal shows that it was made by an installation with this key; the hash of its anchor, for which journal. */
export function createVerifiedMarks({
  sql,
  sha256,
  sealKey,
}: {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
  readonly sealKey: string | Buffer;
}): VerifiedMarks {
  const seal = createSeal('verification', sealKey);
  return {
    async find() {
      const row = await sql
        .selectFrom('verifications')
        .select(['mark', 'seal'])
        .where('id', '=', onlyId)
        .executeTakeFirst();
      if (!row || !seal.fits(row.seal, row.mark)) return undefined;
      const { sequence, hash, ...mark } = JSON.parse(row.mark) as Stored;
      const [anchor] = await readAnchors(sql, { from: sequence, limit: 1 });
      const isThere = anchor?.sequence === sequence && anchor.hash === hash;
      return isThere && toAnchorHash(anchor, sha256) === hash ? { anchor, ...mark } : undefined;
    },
    async save({ anchor: { sequence, hash }, ...rest }) {
      const mark = JSON.stringify({ sequence, hash, ...rest } satisfies Stored);
      const values = { mark, seal: seal.make(mark) };
      await sql
        .insertInto('verifications')
        .values({ id: onlyId, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
    forget: async () => void (await sql.deleteFrom('verifications').execute()),
  };
}
