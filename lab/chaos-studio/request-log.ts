export type RequestEntry = {
  /** When it arrived, ms since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Absent until answered, and for good when the connection was destroyed instead. */
  readonly status?: number;
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export type RequestLog = {
  /** Every request so far, in the order of arrival. */
  entries(): readonly RequestEntry[];
};

/** An append-only record of the requests: what has been entered stays as it is, only the status is added. */
export class RequestRecorder implements RequestLog {
  readonly #entries: Mutable<RequestEntry>[] = [];

  /** Enters a request on its arrival; answers how to tell its status. */
  record(method: string, path: string): (status: number) => void {
    const entry: Mutable<RequestEntry> = { at: Date.now(), method, path };
    this.#entries.push(entry);
    return (status) => {
      entry.status = status;
    };
  }

  entries(): readonly RequestEntry[] {
    return this.#entries.map((entry) => ({ ...entry }));
  }
}
