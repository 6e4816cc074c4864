import type { FaultMode } from './fault.ts';
import type { Tolerance } from './hypothesis.ts';
import type { RunId } from './ids.ts';

/** What somebody wants, once their words are understood. */
export type Command =
  | {
      readonly kind: 'run';
      readonly experiment: string;
      readonly parameters: RunParameters;
      /** Only say what would happen. */
      readonly dry?: true;
      /** Play everything and inject nothing. */
      readonly rehearsal?: true;
    }
  /** A run without an experiment: let them choose. */
  | { readonly kind: 'choose' }
  | { readonly kind: 'stop'; readonly runIds?: readonly RunId[]; readonly all: boolean }
  | { readonly kind: 'freeze'; readonly reason?: string }
  | { readonly kind: 'unfreeze' }
  | { readonly kind: 'status'; readonly runId?: RunId }
  | { readonly kind: 'summarize'; readonly runId?: RunId; readonly span?: 'today' | '7d' }
  | { readonly kind: 'audit'; readonly runId?: RunId }
  | { readonly kind: 'experiments' }
  /** Create an experiment in Azure without a fault, so that its identity can be given roles. */
  | { readonly kind: 'prepare'; readonly experiment: string; readonly service?: string }
  | { readonly kind: 'history' }
  | { readonly kind: 'health' }
  | { readonly kind: 'help' };

export type CommandKind = Command['kind'];

/** What the proposer changes of an experiment template; what is absent stays as the template says. */
export type RunParameters = {
  readonly durationMs?: number;
  readonly mode?: FaultMode;
  readonly value?: number;
  readonly service?: string;
  readonly hypothesis?: string;
  /** Why it cannot wait for the calendar and the conditions. */
  readonly breakGlass?: string;
  /** Each replaces the template's one for the same signal. */
  readonly tolerances: readonly Tolerance[];
};

/** Words that are not a command: what was wrong, what was probably meant with an example, and where. */
export type CommandProblem = {
  readonly message: string;
  readonly suggestion: string;
  /** What was typed, with the wrong word between ▸ and ◂. */
  readonly where?: string;
};
