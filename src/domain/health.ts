/** Whether one thing that the bot depends on can be used now. */
export type HealthCheck = {
  /** `store`, `chaos-studio`, `cluster lab`, `scoring diabetes`. */
  readonly name: string;
  readonly ok: boolean;
  /** What was seen, in a few words: `answered in 12 ms`, with what it could do better, or why it failed and what to do. */
  readonly detail: string;
};

export type HealthReport = {
  readonly at: number;
  readonly checks: readonly HealthCheck[];
};
