const slices = 10;

/**
 * Resolves to the value, or to undefined after `limitMs`; rejects as the promise does within that time, and a later rejection is ignored. The time is counted
 * in slices, so that one pause of this process does not use it up.
 */
export function settleWithin<Value>(
  limitMs: number,
  promise: Promise<Value>,
): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    let left = slices;
    let timer: ReturnType<typeof setTimeout>;
    const pass = () => {
      left -= 1;
      if (left === 0) return resolve(undefined);
      timer = setTimeout(pass, limitMs / slices);
    };
    timer = setTimeout(pass, limitMs / slices);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
