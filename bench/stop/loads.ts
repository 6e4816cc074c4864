/** What keeps the bot busy while people say stop. */
export const loads = [
  'nothing else',
  '16 readers of reports',
  'an audit over 2,000 runs',
  '200 proposals at once',
  'a 90 MB list from Kubernetes',
  'a hostile sender',
] as const;

export type Load = (typeof loads)[number];

/** What the process that makes the load is told. */
export type LoadOrder = {
  readonly load: Load;
  readonly url: string;
  readonly token: string;
  readonly reports: readonly string[];
  /** An activity as the channel sends it. */
  readonly activity: object;
};
