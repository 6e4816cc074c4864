/** Whether a prediction goes over a kept connection, and its place among those of its kind: each kind has the golden inputs in turn. */
export function takeTurn(count: number, keptShare: number): { kept: boolean; index: number } {
  const [before, after] = [Math.floor(count * keptShare), Math.floor((count + 1) * keptShare)];
  return after > before ? { kept: true, index: before } : { kept: false, index: count - before };
}
