/** How long Chaos Studio takes for what it does, in ms. The durations of actions are never compressed. */
export type Pace = {
  readonly retryAfterSeconds: number;
  readonly createMs: number;
  readonly updateMs: number;
  readonly deleteMs: number;
  readonly cancelMs: number;
  /** From the request until pre-processing begins. */
  readonly queuedMs: number;
  /** From the request until pre-processing is done, and the operation of the start with it. */
  readonly startMs: number;
  /** From then until the first action. */
  readonly waitMs: number;
  /** To take a fault away when the execution is cancelled. */
  readonly removeMs: number;
  /** From the end of the last action until the execution counts as ended. */
  readonly settleMs: number;
};

const recorded: Pace = {
  retryAfterSeconds: 10,
  createMs: 12_000,
  updateMs: 12_000,
  deleteMs: 16_000,
  cancelMs: 600,
  queuedMs: 5_000,
  startMs: 30_000,
  waitMs: 1_000,
  removeMs: 3_000,
  settleMs: 4_000,
};

const brisk: Pace = {
  retryAfterSeconds: 1,
  createMs: 700,
  updateMs: 700,
  deleteMs: 900,
  cancelMs: 200,
  queuedMs: 400,
  startMs: 2_000,
  waitMs: 100,
  removeMs: 300,
  settleMs: 300,
};

/** `recorded` keeps the times of recorded traffic; `brisk` keeps every rule and takes a fraction of the time. */
export const paces = { recorded, brisk } as const;
export type PaceName = keyof typeof paces;
