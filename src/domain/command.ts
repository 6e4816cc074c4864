import type { RunId } from './ids.ts';

/** What somebody wants, once their words are understood. */
export type Command =
  | { readonly kind: 'run'; readonly experiment: string; readonly parameters: RunParameters }
  | { readonly kind: 'stop'; readonly runId?: RunId; readonly all: boolean }
  | { readonly kind: 'status'; readonly runId?: RunId }
  | { readonly kind: 'summarize'; readonly runId?: RunId; readonly span?: 'today' | '7d' }
  | { readonly kind: 'experiments' }
  | { readonly kind: 'history' }
  | { readonly kind: 'health' }
  | { readonly kind: 'help' };

export type CommandKind = Command['kind'];

/** What the proposer changes of an experiment template; what is absent stays as the template says. */
export type RunParameters = {
  readonly durationMs?: number;
  readonly mode?: string;
  readonly value?: number;
  readonly service?: string;
  readonly hypothesis?: string;
  /** Tolerances as typed, `availability >= 99%`; each replaces the template's one for the same signal. */
  readonly tolerances: readonly string[];
};

/** Words that are not a command: what was wrong, where, and what was probably meant. */
export type CommandProblem = {
  readonly message: string;
  readonly suggestion: string;
};
