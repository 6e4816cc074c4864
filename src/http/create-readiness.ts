import type { HealthReport } from '../domain/health.ts';
import { settleWithin } from '../time/settle-within.ts';

export type ReadinessOptions = {
  readonly health: () => Promise<HealthReport>;
  readonly clock: { now(): number };
  /** How old what is known of the dependencies may be before they are asked again, ms. */
  readonly maxAgeMs?: number;
  /** How long a plain probe waits for the dependencies, ms. */
  readonly waitMs?: number;
  /** How long a strict probe waits for the dependencies, ms. */
  readonly strictWaitMs?: number;
};

export type ReadinessAnswer = { readonly status: 200 | 503; readonly body: object };

export type Readiness = {
  /** `strict`: not ready while any dependency is away. Never rejects. */
  probe(strict: boolean): Promise<ReadinessAnswer>;
  /** From now on the process takes nothing more. */
  end(): void;
};

/**
 * Creates the answers of `/readyz`. A dependency that is away takes the bot out of service only for a strict probe: without Azure, a cluster or the
 * database, messages are still taken and `stop` still works. Asks the dependencies at most once per `maxAgeMs`, however many probes come in.
 */
export function createReadiness({
  health,
  clock,
  maxAgeMs = 5_000,
  waitMs = 500,
  strictWaitMs = 8_000,
}: ReadinessOptions): Readiness {
  let known: HealthReport | undefined;
  let knownAt = 0;
  let asking: Promise<void> | undefined;
  let isEnding = false;
  const ask = async (): Promise<void> => {
    known = await health().catch(() => undefined);
    knownAt = clock.now();
  };
  const refresh = (): Promise<void> => {
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  };
  const isFresh = () => known !== undefined && clock.now() - knownAt <= maxAgeMs;
  return {
    async probe(strict) {
      if (isEnding) return { status: 503, body: { status: 'ending' } };
      if (!isFresh()) await settleWithin(strict ? strictWaitMs : waitMs, refresh());
      return strict ? toStrict(isFresh() ? known : undefined) : toPlain(known);
    },
    end() {
      isEnding = true;
    },
  };
}

/** The state of each dependency, as far as it is known: old where they take long to answer. */
function toPlain(known: HealthReport | undefined): ReadinessAnswer {
  const notReady = findNotReady(known);
  const status = known === undefined ? 'unknown' : notReady.length > 0 ? 'degraded' : 'ready';
  return { status: 200, body: { status, ...toChecks(known), notReady } };
}

function toStrict(known: HealthReport | undefined): ReadinessAnswer {
  const notReady = findNotReady(known);
  return known !== undefined && notReady.length === 0
    ? { status: 200, body: { status: 'ready', ...toChecks(known), notReady } }
    : { status: 503, body: { status: 'not ready', ...toChecks(known), notReady } };
}

function findNotReady(known: HealthReport | undefined) {
  if (known === undefined)
    return [{ name: 'dependencies', detail: 'Their state is not known yet.' }];
  return known.checks.filter(({ ok }) => !ok).map(({ name, detail }) => ({ name, detail }));
}

function toChecks(known: HealthReport | undefined): object {
  return known ? { checkedAt: new Date(known.at).toISOString(), checks: known.checks } : {};
}
