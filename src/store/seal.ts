import { createHmac, timingSafeEqual } from 'node:crypto';

/** Makes and checks seals: HMAC-SHA-256 of a text, with a key that is not in the database. */
export type Seal = {
  make(text: string): string;
  fits(seal: string | null, text: string): boolean;
};

/** Creates the seals of one kind of text, so that none passes for another kind. */
export function createSeal(kind: string, key: string | Buffer): Seal {
  const make = (text: string) => createHmac('sha256', key).update(`${kind} ${text}`).digest('hex');
  return { make, fits: (seal, text) => isSame(seal ?? '', make(text)) };
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}
