import type { ValueUnit } from './amount.ts';
import type { FaultMode } from './fault.ts';
import type { Tolerance } from './hypothesis.ts';
import type { RunId } from './ids.ts';

/** One command, as read from a message. */
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
  | {
      readonly kind: 'stop';
      /** The runs of every conversation. */
      readonly all: boolean;
      /** The runs that were named; absent: the runs of this conversation. */
      readonly runIds?: readonly RunId[];
      /** Words that may have named a run and could not be read. With one of them, this conversation's runs stop as well. */
      readonly unread?: readonly string[];
    }
  | { readonly kind: 'freeze'; readonly reason?: string }
  | { readonly kind: 'unfreeze' }
  | (Paged & { readonly kind: 'status'; readonly runId?: RunId })
  | (Paged & {
      readonly kind: 'summarize';
      readonly runId?: RunId;
      readonly span?: 'today' | '7d';
    })
  | (Paged & { readonly kind: 'audit'; readonly runId?: RunId })
  | (Paged & { readonly kind: 'experiments' | 'history' | 'health' })
  /** Create an experiment in Azure without a fault, so that its identity can be given roles. */
  | { readonly kind: 'prepare'; readonly experiment: string; readonly service?: string }
  | { readonly kind: 'help' };

/** Which page of the answer, from 2 on; the first when absent. */
type Paged = { readonly page?: number };

export type CommandKind = Command['kind'];

/** The proposer's changes to an experiment template. Absent parameters keep the template's values. */
export type RunParameters = {
  readonly durationMs?: number;
  /** How long to measure before the fault, and as long after it. */
  readonly baselineMs?: number;
  readonly mode?: FaultMode;
  readonly value?: number;
  /** How the value was written, `2` or `50%`; absent: in the unit of the mode. */
  readonly valueUnit?: ValueUnit;
  readonly service?: string;
  readonly hypothesis?: string;
  /** Why it cannot wait for the calendar and the conditions. */
  readonly breakGlass?: string;
  /** Each replaces the template's one for the same signal. */
  readonly tolerances: readonly Tolerance[];
};

/** Why a text is not a command, and what to do next. */
export type CommandProblem = {
  readonly message: string;
  readonly suggestion: string;
  /** The text, with the wrong word between ▸ and ◂. */
  readonly where?: string;
  /** Whole commands that were probably meant, at most three. They keep every parameter of the text. */
  readonly tryInstead?: readonly string[];
};
