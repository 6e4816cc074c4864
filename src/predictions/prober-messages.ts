import type { ScoringService } from '../domain/catalogue.ts';
import type { ResultBatch } from '../domain/prediction-result.ts';
import type { Authorization } from './open-loop.ts';

/** What the thread of a prober is started with. */
export type ProberData = {
  readonly scoring: ScoringService['scoring'];
  /** The origin of the session's clock, shared by both threads. */
  readonly origin: number;
  readonly seed: number;
  readonly authorization: Authorization;
  readonly latencyLimitsMs: readonly number[];
  /** How long the thread waits until it is known where the name of the service leads, before it says that it is ready; ms. */
  readonly readyWithinMs: number;
};

export type ToProber =
  /** Due times count from `startAt`; those before `from` were accounted for. */
  | { readonly kind: 'begin'; readonly startAt: number; readonly from: number }
  | { readonly kind: 'authorize'; readonly authorization: Authorization }
  | { readonly kind: 'stop' };

export type FromProber =
  | { readonly kind: 'ready' }
  /** The name of the service could not be looked up; said once until a look-up succeeds. */
  | { readonly kind: 'unresolved'; readonly code: string }
  | ({ readonly kind: 'batch' } & ResultBatch)
  /** Everything due was delivered. */
  | { readonly kind: 'stopped' };
