import { setImmediate } from 'node:timers/promises';

/** Objects of one kind as the API gives them out: where they are watched, and how they are listed page by page. */
export type Source<Raw> = {
  readonly path: string;
  readonly labelSelector?: string;
  readPage(from: { readonly continue?: string }): Promise<Page<Raw>>;
};

/** A part of a list, as it is on the wire. */
export type Page<Raw> = {
  readonly items: readonly Raw[];
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
};

/** Everything there is, as of `resourceVersion`. */
export type Listed<Item> = { readonly items: readonly Item[]; readonly resourceVersion: string };

/** More than any list here has. */
const maxObjects = 100_000;
const maxPages = 200;

/** A server that ignores `limit` sends everything as one page; after this many objects other work gets a turn. */
const objectsPerTurn = 500;

/** Lists everything, trimmed page by page, so that whole objects are held for one page only. Rejects when the list never ends. */
export async function listAll<Raw, Item>(
  { readPage }: Pick<Source<Raw>, 'readPage'>,
  trim: (object: Raw) => Item,
): Promise<Listed<Item>> {
  const items: Item[] = [];
  let next: string | undefined;
  let resourceVersion = '';
  let pages = 0;
  do {
    if (pages === maxPages)
      throw new Error(`A list of Kubernetes has more than ${maxPages} pages.`);
    pages += 1;
    const page = await readPage(next === undefined ? {} : { continue: next });
    for (const object of page.items) {
      if (items.length === maxObjects)
        throw new Error(`A list of Kubernetes has more than ${maxObjects} objects.`);
      items.push(trim(object));
      if (items.length % objectsPerTurn === 0) await setImmediate();
    }
    resourceVersion = page.metadata?.resourceVersion ?? '';
    next = page.metadata?.continue || undefined;
  } while (next !== undefined);
  return { items, resourceVersion: resourceVersion };
}
