/** What one benchmark found, beside a peer in the same run. Larger is better, but where the unit says otherwise. */
export type Comparison = {
  readonly name: string;
  readonly unit: string;
  readonly peer: string;
  readonly ours: number;
  readonly theirs: number;
  /** The least ratio of ours to theirs that we want; absent where the peer does less than we do. */
  readonly goal?: number;
  readonly notes?: Readonly<Record<string, number>>;
};

/** The comparisons as a table for people. */
export function printTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ name, unit, peer, ours, theirs, goal }) => [
    `${name} (${unit})`,
    printNumber(ours),
    `${printNumber(theirs)} ${peer}`,
    `${(ours / theirs).toFixed(2)}${goal === undefined ? '' : `, goal ${goal}`}`,
  ]);
  const table = [['', 'ours', 'peer', 'ratio'], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function printNumber(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3);
}
