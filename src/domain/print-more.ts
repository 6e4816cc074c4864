/** Prints how many more there are of what was listed: `1 more pod`, `2 more pods`. */
export function printMore(count: number, noun: string): string {
  return `${count} more ${noun}${count === 1 ? '' : 's'}`;
}
