import { findEnd, type SecondMeasurement } from './measurement.ts';
import type { ServingPods } from './serving-pods.ts';

/** Whether the predictions that a second lost were due while no pod was ready. */
export type Unready = {
  readonly isNoneReady: boolean;
  /** And whether that explains them: most of what was due at that time failed. */
  readonly isUnserved: boolean;
};

/** Returns whether what a second lost was due while no pod was ready. Connections that are kept may still reach pods then. */
export function findUnready(second: SecondMeasurement, serving: ServingPods): Unready {
  const { at, sent, good, lostAt } = second;
  const isNoneReady = serving.wasNoneReady(lostAt?.first ?? at, lostAt?.last ?? findEnd(second));
  const goodBetween = good - (lostAt?.goodBefore ?? 0) - (lostAt?.goodAfter ?? 0);
  return { isNoneReady, isUnserved: isNoneReady && goodBetween < sent - good };
}
