/** What is wrong with the endpoint itself, for tests of those who depend on it. */
export type ArmFault =
  | { readonly mode: 'ok' }
  | {
      readonly mode: 'throttle';
      readonly retryAfterSeconds: number;
      /** How many requests; without it until another fault is set. */
      readonly count?: number;
      readonly match?: string;
    }
  | {
      readonly mode: 'error';
      readonly status: 403 | 404 | 500 | 502 | 503;
      readonly count?: number;
      readonly match?: string;
    }
  /** Connections are destroyed without an answer. */
  | { readonly mode: 'down'; readonly match?: string };

/** Holds the fault that is set. `match` is a regular expression for `METHOD /path`, in any case; without it every request is meant. */
export class InjectedFault {
  #fault: ArmFault = { mode: 'ok' };
  #pattern = /(?:)/;
  #left = 0;

  /** Throws a SyntaxError when `match` is no regular expression. */
  set(fault: ArmFault): void {
    this.#pattern = new RegExp(('match' in fault && fault.match) || '', 'i');
    this.#left = ('count' in fault ? fault.count : undefined) ?? Number.POSITIVE_INFINITY;
    this.#fault = fault;
  }

  /** The fault that hits this request; counts it. */
  meet(method: string, path: string): ArmFault {
    if (this.#left <= 0 || !this.#pattern.test(`${method} ${path}`)) return { mode: 'ok' };
    this.#left -= 1;
    return this.#fault;
  }
}
