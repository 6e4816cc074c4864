import { randomBytes } from 'node:crypto';
import type { DeleteResult, Kysely } from 'kysely';
import { toCanonicalJson } from '../domain/canonical-json.ts';
import { alteredName, erasedName, type Approver, type ToName } from '../domain/person.ts';
import type { Sha256 } from '../domain/proposal.ts';
import type { NameStore } from '../runs/ports/name-store.ts';
import type { Tables } from './database.ts';
import { withStoreErrors } from './store-error.ts';

/** A name as it is kept: the commitment to it stands in the journal, and says nothing of the name once the salt is gone. */
export type KeptName = Tables['people'];

type Keeping = {
  readonly sql: Kysely<Tables>;
  readonly sha256: Sha256;
  readonly now: number;
};

const commitment = /^name:[0-9a-f]{64}$/;

/** Changes every name in a value. Names stand in fields of their own, never inside a text. */
type MapNames<Value> = (value: Value, toName: ToName) => Value;

/** What stands for a name: SHA-256 of the canonical JSON of id, name and a salt of its own, without which a name could be found by trying names. */
export function toCommitment(
  { person_id: id, name, salt }: Pick<KeptName, 'person_id' | 'name' | 'salt'>,
  sha256: Sha256,
): string {
  return `name:${sha256(toCanonicalJson({ id, name, salt }))}`;
}

/**
 * Keeps the names that `map` meets in a value, and gives the value with their commitments in their place. Somebody whose name changed has two. The caller
 * holds the lock of decisions.
 */
export async function putNamesAway<Value>(
  value: Value,
  map: MapNames<Value>,
  keeping: Keeping,
): Promise<Value> {
  const met = new Map<string, Approver>();
  map(value, (person) => {
    met.set(toKey(person), { ...person, name: toStorable(person.name) });
    return person.name;
  });
  if (met.size === 0) return value;
  const kept = await keep([...met.values()], keeping);
  return map(value, (person) => kept.get(toKey(person)) ?? erasedName);
}

const toKey = ({ id, name }: Approver) => `${id} ${toStorable(name)}`;

/**
 * A name as a column of text can hold it: with U+FFFD for NUL and for half a character, such as an emoji that was cut. The database refuses the one and
 * replaces the other, and the commitment would then be to a name that it does not hold.
 */
function toStorable(name: string): string {
  return name.toWellFormed().replaceAll('\0', '\ufffd');
}

async function keep(
  people: readonly Approver[],
  { sql, sha256, now }: Keeping,
): Promise<ReadonlyMap<string, string>> {
  const rows = await sql
    .insertInto('people')
    .values(
      people.map(({ id, name }) => {
        const row = { person_id: id, name, salt: randomBytes(16).toString('hex') };
        return { ...row, commitment: toCommitment(row, sha256), used_at: now };
      }),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['person_id', 'name'])
        .doUpdateSet((expression) => ({ used_at: expression.ref('excluded.used_at') })),
    )
    .returning(['person_id', 'name', 'commitment'])
    .execute();
  return new Map(rows.map((row) => [`${row.person_id} ${row.name}`, row.commitment]));
}

/**
 * Gives the values with names in place of their commitments: `erasedName` where the name is gone, and `alteredName` where the table
 * holds another one than was committed to. A text that only looks like a commitment stays as it was typed.
 */
export async function putNamesBack<Value>(
  values: readonly Value[],
  map: MapNames<Value>,
  { sql, sha256 }: Omit<Keeping, 'now'>,
): Promise<Value[]> {
  const asked = listCommitments(values, map);
  if (asked.length === 0) return [...values];
  const rows = await sql
    .selectFrom('people')
    .select(['commitment', 'person_id', 'name', 'salt'])
    .where('commitment', 'in', asked)
    .execute();
  const names = new Map(
    rows.map((row) => [
      row.commitment,
      toCommitment(row, sha256) === row.commitment ? row.name : alteredName,
    ]),
  );
  const toName: ToName = ({ name }) =>
    commitment.test(name) ? (names.get(name) ?? erasedName) : name;
  return values.map((value) => map(value, toName));
}

/** The commitments that stand where `map` expects names, each once. */
export function listCommitments<Value>(
  values: readonly Value[],
  map: MapNames<Value>,
): readonly string[] {
  const found = new Set<string>();
  for (const value of values)
    map(value, ({ name }) => {
      if (commitment.test(name)) found.add(name);
      return name;
    });
  return [...found];
}

/** Erasing is deleting here: what stands in the journal then leads nowhere. What somebody does later is kept under a new commitment. */
export function createNameStore(sql: Kysely<Tables>): NameStore {
  return {
    erase: (id) =>
      withStoreErrors(async () =>
        count(await sql.deleteFrom('people').where('person_id', '=', id).executeTakeFirst()),
      ),
    eraseUnused: (since) =>
      withStoreErrors(async () =>
        count(await sql.deleteFrom('people').where('used_at', '<', since).executeTakeFirst()),
      ),
  };
}

const count = ({ numDeletedRows }: DeleteResult) => Number(numDeletedRows);
