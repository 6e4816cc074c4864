/** A table of simulated rates for the documents. */
export type Table = {
  readonly name: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)}%`;
}

export function toBurstText(seconds: number): string {
  return seconds === 0 ? 'none' : `${seconds} s`;
}
