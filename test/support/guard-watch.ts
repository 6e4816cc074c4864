import type { Guard } from '../../src/domain/guard.ts';
import { toSeen, type SeenSecond } from '../../src/guards/guard-state.ts';
import { GuardWatch, type Sight } from '../../src/guards/guard-watch.ts';

/** Shows whole seconds to guards that are armed at `armedAt`, and asks after the last of them. */
export function askGuards(
  guards: readonly Guard[],
  seconds: readonly SeenSecond[],
  {
    armedAt = 0,
    ratePerSecond = 10,
    mostSeconds = 180,
    ...sight
  }: Partial<Sight> & { armedAt?: number; ratePerSecond?: number; mostSeconds?: number } = {},
) {
  const watch = new GuardWatch({ guards, ratePerSecond, mostSeconds });
  if (Number.isFinite(armedAt)) watch.arm(armedAt);
  for (const second of seconds) for (const prediction of toSeen(second)) watch.see(prediction);
  const now = sight.now ?? (seconds.at(-1)?.at ?? 0) + 1_000;
  return watch.findTrip({ now, predictionsAt: now, podsAt: now, ...sight });
}
