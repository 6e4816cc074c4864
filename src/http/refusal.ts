/** Why a request gets no further, and with which status. Sent as `{"error": ...}`. */
export type Refusal = {
  readonly status: 400 | 401 | 403 | 404 | 408 | 413 | 415 | 429;
  readonly error: string;
};
