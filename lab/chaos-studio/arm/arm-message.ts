/** A request as the routes see it: authenticated, of a known api-version, within the limits. */
export type ArmRequest = {
  /** The names in the path, as they were written. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON of the body; undefined when there was none. */
  readonly body: unknown;
  /** `https://host:port`, as the client reached us. */
  readonly baseUrl: string;
};

export type ArmAnswer = {
  readonly status: number;
  /** Absent: no body at all. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What the request counts as for the limits; `other` is what Chaos Studio does not limit. */
export type LimitName =
  | 'experiments/read'
  | 'experiments/write'
  | 'experiments/delete'
  | 'experiments/start'
  | 'experiments/cancel'
  | 'executions/read'
  | 'executions/details'
  | 'targets/read'
  | 'targets/write'
  | 'targets/delete'
  | 'capabilities/read'
  | 'capabilities/write'
  | 'capabilities/delete'
  | 'locations/read'
  | 'other';

export type Route = {
  readonly method: string;
  /** A path with names in braces: `/subscriptions/{subscriptionId}/...`. */
  readonly path: string;
  readonly limit: LimitName;
  handle(request: ArmRequest): ArmAnswer;
};

/** The only version of the API that is served. */
export const apiVersion = '2023-11-01';

/** Azure's answer to a list. Everything fits on one page, and the link to the next is the empty text, as recorded. */
export function toList(value: readonly unknown[]): ArmAnswer {
  return { status: 200, body: { value, nextLink: '' } };
}
