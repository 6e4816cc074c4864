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
};

export type ToProber =
  /** Due times count from `startAt`; those before `from` were accounted for. */
  | { readonly kind: 'begin'; readonly startAt: number; readonly from: number }
  | { readonly kind: 'authorize'; readonly authorization: Authorization }
  | { readonly kind: 'stop' };

export type FromProber =
  | { readonly kind: 'ready' }
  | ({ readonly kind: 'batch' } & ResultBatch)
  /** Everything due was delivered. */
  | { readonly kind: 'stopped' };
