import { keptFields, pickFields } from './kept-fields.ts';

/** A page of a list as the API sent it. */
export type RawPage = { readonly metadata?: unknown; readonly items?: unknown };

/** Parses a page of a list without looking into its objects. Throws a SyntaxError, or a TypeError when it is no object. */
export function parsePage(text: string): RawPage {
  const page = JSON.parse(text) as RawPage | null;
  if (typeof page !== 'object' || page === null)
    throw new TypeError('A list of Kubernetes is no object.');
  return { metadata: page.metadata, items: page.items };
}

/** Returns an object of a list with the fields that are read of it. */
export function pickObject(object: unknown): unknown {
  return pickFields(object, keptFields);
}
