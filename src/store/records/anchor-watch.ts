import type { Kysely } from 'kysely';
import type { Sha256 } from '../../domain/proposal.ts';
import {
  readAnchors,
  readNewestAnchor,
  toAnchorHash,
  toFirstHash,
  type Anchor,
} from '../anchors.ts';
import type { Tables } from '../database.ts';

const pageSize = 1_000;

/**
 * Follows the chain over all runs as it grows. Each anchor is verified once in the life of the process, so that a decision pays only
 * for what was written since the last one.
 */
export class AnchorWatch {
  readonly #sha256: Sha256;
  #newest: Anchor | undefined;
  #brokenAt = 0;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  /**
   * The newest place at which the chain is broken; 0 while it is whole. Entries of a run may have been taken away when all its anchors
   * stand before that place.
   */
  get brokenAt(): number {
    return this.#brokenAt;
  }

  /** Verifies what was appended since. The caller holds the lock of decisions, or nobody writes yet. */
  async follow(sql: Kysely<Tables>): Promise<void> {
    for (let more = true; more;) {
      const known = this.#newest;
      const page = await readAnchors(sql, { from: known?.sequence ?? 1, limit: pageSize });
      if (known && page[0]?.hash !== known.hash) return this.#restart(sql);
      for (const anchor of known ? page.slice(1) : page) this.#verify(anchor);
      more = page.length === pageSize;
    }
  }

  #verify(anchor: Anchor): void {
    const previousHash = this.#newest?.hash ?? toFirstHash(this.#sha256);
    const inPlace =
      anchor.sequence === (this.#newest?.sequence ?? 0) + 1 && anchor.previousHash === previousHash;
    if (!inPlace || anchor.hash !== toAnchorHash(anchor, this.#sha256))
      this.#brokenAt = anchor.sequence;
    this.#newest = anchor;
  }

  /** The newest anchor that was seen is gone or is another: nothing that was written before can be trusted to be complete. */
  async #restart(sql: Kysely<Tables>): Promise<void> {
    this.#newest = await readNewestAnchor(sql);
    this.#brokenAt = (this.#newest?.sequence ?? 0) + 1;
  }
}
