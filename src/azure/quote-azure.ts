const longestRead = 4_000;
const longestQuote = 300;

const removed = '[removed]';
/** `sig=…`, `"accountKey": "…"`, `x-functions-key: …`, `?code=…`: names that a secret follows. */
const named =
  /((?:[?&]code=|[\w-]{0,40}(?:sig|signature|secret|password|pwd|key|token|credential|assertion)["']?\s?[=:]\s?["']?))[^\s&;,"']+/gi;

/**
 * Returns Azure's words as they may be shown and stored: one line of at most 300 characters, without anything that could be a
 * credential (bearer and JSON web tokens, SAS signatures, keys, passwords).
 */
export function quoteAzure(message: string): string {
  const read =
    message.length > longestRead
      ? message.slice(0, longestRead).replace(/\S{0,200}$/, '')
      : message;
  const line = read
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replaceAll(/\b(bearer|basic|sharedkey|sharedaccesssignature) \S+/gi, `$1 ${removed}`)
    .replaceAll(/eyJ[\w-]+(\.[\w-]+)*/g, removed)
    .replaceAll(/:\/\/[^\s/@]{1,300}@/g, `://${removed}@`)
    .replaceAll(named, `$1${removed}`)
    .replaceAll(/[A-Za-z0-9+/]{40,100}={1,2}/g, removed);
  return line.length > longestQuote ? `${line.slice(0, longestQuote)}…` : line;
}
