/** Why pods could not be looked at, but for answers with another status. */
export const sightProblemCodes = [
  'forbidden',
  'unauthorized',
  'connection-refused',
  'connection-broken',
  'time-out',
  'unknown-host',
  'certificate',
  'answer-too-large',
  'unknown',
] as const;
type Code = (typeof sightProblemCodes)[number];

/** Why pods could not be looked at, the last time that it was tried. */
export type SightProblem =
  | { readonly code: Code }
  /** An answer with another status than those that are named. */
  | { readonly code: 'status'; readonly status: number };

const words: Readonly<Record<Code, string>> = {
  forbidden: 'the Kubernetes API forbids the bot to list pods (403), which it was allowed before',
  unauthorized: 'the Kubernetes API no longer accepts the credential of the bot (401)',
  'connection-refused': 'the Kubernetes API refuses connections',
  'connection-broken': 'connections to the Kubernetes API break off',
  'time-out': 'the Kubernetes API does not answer in time',
  'unknown-host': 'the address of the Kubernetes API is not found',
  certificate: 'the certificate of the Kubernetes API is not trusted',
  'answer-too-large': 'the Kubernetes API sends more than the bot reads',
  unknown: 'pods could not be listed',
};

const labels: Readonly<Record<Code, string>> = {
  forbidden: 'forbidden',
  unauthorized: 'credential refused',
  'connection-refused': 'API refuses connections',
  'connection-broken': 'API broke off',
  'time-out': 'API did not answer',
  'unknown-host': 'API not found',
  certificate: 'API not trusted',
  'answer-too-large': 'answer too large',
  unknown: 'could not be listed',
};

/** The same in a word or three, for where there is little room. */
export function labelSightProblem(problem: SightProblem): string {
  return problem.code === 'status' ? `API answered ${problem.status}` : labels[problem.code];
}

/** Says why pods could not be looked at, as a part of a sentence. */
export function printSightProblem(problem: SightProblem): string {
  return problem.code === 'status'
    ? `the Kubernetes API answers ${problem.status}`
    : words[problem.code];
}
