import { badRequest } from './arm-error.ts';
import type { ArmAnswer, ArmRequest } from './arm-message.ts';

const pageSize = 50;

/** One page of the items, from the continuation token on, with the link to the next. Throws a 400 for a token that is not ours. */
export function toPage(
  items: readonly unknown[],
  path: string,
  { query, baseUrl }: ArmRequest,
): ArmAnswer {
  const from = readToken(query.get('continuationToken'));
  const to = from + pageSize;
  const next = new URLSearchParams(query);
  next.set('continuationToken', Buffer.from(String(to)).toString('base64url'));
  const nextLink = to < items.length ? `${baseUrl}${path}?${next.toString()}` : '';
  return { status: 200, body: { value: items.slice(from, to), nextLink } };
}

function readToken(token: string | null): number {
  if (!token) return 0;
  const text = Buffer.from(token, 'base64url').toString();
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`The continuation token '${token}' is invalid.`);
  return Number(text);
}
