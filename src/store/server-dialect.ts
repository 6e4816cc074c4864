import {
  CompiledQuery,
  PostgresDialect,
  PostgresDriver,
  type DatabaseConnection,
  type PostgresDialectConfig,
  type TransactionSettings,
} from 'kysely';

const statementLimitMs = 5_000;
const idleLimitMs = 10_000;

/**
 * PostgreSQL, with limits on the server for each transaction: one that waits for a lock ends, and one whose client vanished gives its locks back. They hold
 * for the transaction alone, as PgBouncer refuses them when a connection starts, and gives a session to another client after each transaction.
 */
export class ServerDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(config: PostgresDialectConfig) {
    super(config);
    this.#config = config;
  }

  override createDriver(): PostgresDriver {
    return new ServerDriver(this.#config);
  }
}

class ServerDriver extends PostgresDriver {
  override async beginTransaction(
    connection: DatabaseConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    await super.beginTransaction(connection, settings);
    try {
      await connection.executeQuery(CompiledQuery.raw(limits));
    } catch (error) {
      // Kysely ends no transaction that did not begin well.
      await this.rollbackTransaction(connection as Parameters<typeof this.rollbackTransaction>[0]);
      throw error;
    }
  }
}

const limits = `set local statement_timeout = ${statementLimitMs}; set local idle_in_transaction_session_timeout = ${idleLimitMs}`;
