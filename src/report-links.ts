import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printDuration } from './domain/duration.ts';
import type { RunId } from './domain/ids.ts';

/** How long a link opens its report. Cards stay in a channel for years, and links get forwarded. */
export const linkLifeMs = 7 * 24 * 3_600_000;
export const linkLife = printDuration(linkLifeMs);

/** What a link carries beside the run: until when it is valid, ms since the epoch, and the signature over both. */
export type LinkQuery = { readonly until?: string; readonly signature?: string };

export type ReportLinks = {
  /** The address of a run's report, valid from now for `linkLifeMs`. */
  toLink(runId: RunId): string;
  /** Whether a query opens this run's report now. */
  check(runId: RunId, query: LinkQuery): LinkState;
};

export type LinkState = 'valid' | 'expired' | 'wrong';

export type ReportLinksOptions = {
  readonly key: string | Buffer;
  readonly publicUrl: string;
  readonly clock: { now(): number };
};

/** Links to reports that nobody can make or lengthen without the key: HMAC-SHA-256 over the run's id and the time. */
export function createReportLinks({ key, publicUrl, clock }: ReportLinksOptions): ReportLinks {
  const sign = (runId: RunId, until: string) =>
    createHmac('sha256', key).update(`report ${runId} ${until}`).digest('base64url');
  return {
    toLink(runId) {
      const until = String(clock.now() + linkLifeMs);
      const query = new URLSearchParams({ until, signature: sign(runId, until) });
      return `${publicUrl.replace(/\/$/, '')}/reports/${runId}?${query.toString()}`;
    },
    check(runId, { until = '', signature = '' }) {
      if (!isSame(signature, sign(runId, until))) return 'wrong';
      return Number(until) > clock.now() ? 'valid' : 'expired';
    },
  };
}

/** In a time that tells nothing about where they differ; of a length that everybody knows. */
function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

const keyFile = 'report-link.key';
const keyBytes = 32;

/** The key that is kept in this data folder, so that links outlive a restart; made when there is none. One process at a time uses the folder. */
export function readOrCreateKey(dataDir: string): Buffer {
  const path = join(dataDir, keyFile);
  const known = existsSync(path) ? readFileSync(path) : undefined;
  // One that was cut short would be easy to guess.
  if (known?.length === keyBytes) return known;
  const key = randomBytes(keyBytes);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(path, key, { mode: 0o600 });
  return key;
}
