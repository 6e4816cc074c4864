import type { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Tables } from './database.ts';
import * as journal from './migrations/0001-journal.ts';
import * as deliveredVersion from './migrations/0002-delivered-version.ts';
import * as anchors from './migrations/0004-anchors.ts';
import * as people from './migrations/0005-people.ts';
import * as freezes from './migrations/0003-freezes.ts';
import * as records from './migrations/0006-records.ts';
import * as claims from './migrations/0007-claims.ts';
import * as installation from './migrations/0008-installation.ts';
import * as projections from './migrations/0009-projections.ts';
import * as chargesByEnd from './migrations/0010-charges-by-end.ts';

/** Brings the tables up to date. Two processes may do so at once: the second waits and finds nothing to do. */
export async function migrate(sql: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({
    db: sql,
    provider: {
      getMigrations: () =>
        Promise.resolve({
          '0001-journal': journal,
          '0002-delivered-version': deliveredVersion,
          '0003-freezes': freezes,
          '0004-anchors': anchors,
          '0005-people': people,
          '0006-records': records,
          '0007-claims': claims,
          '0008-installation': installation,
          '0009-projections': projections,
          '0010-charges-by-end': chargesByEnd,
        }),
    },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}
