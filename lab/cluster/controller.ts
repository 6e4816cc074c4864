/** Something of the cluster that runs until it is closed. */
export type Controller = { close(): void };

type Subscribable = { subscribe(listener: () => void): () => void };

/**
 * Reconciles soon after any change of what it watches, and once at the start. It is level triggered: reconcile looks at
 * how things are, not at what happened, and many changes at a time make it run once.
 */
export function startController(
  watched: readonly Subscribable[],
  reconcile: () => void,
): Controller {
  let scheduled: NodeJS.Immediate | undefined;
  const schedule = () => {
    scheduled ??= setImmediate(() => {
      scheduled = undefined;
      reconcile();
    });
  };
  const unsubscribes = watched.map((collection) => collection.subscribe(schedule));
  schedule();
  return {
    close() {
      for (const unsubscribe of unsubscribes) unsubscribe();
      clearImmediate(scheduled);
    },
  };
}

/** Reconciles in a period, for what passes with time alone. */
export function startPeriodicController(periodMs: number, reconcile: () => void): Controller {
  const timer = setInterval(reconcile, periodMs);
  return { close: () => clearInterval(timer) };
}
