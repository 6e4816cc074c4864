import type { Freeze } from '../../domain/freeze.ts';
import type { DatedTrip } from '../../domain/guard.ts';
import type { FaultEvidence } from '../../domain/injection.ts';
import type { RunId } from '../../domain/ids.ts';
import type { Person } from '../../domain/person.ts';
import type { Via } from '../../domain/run-event.ts';

/** What somebody asked for, or a guard or the bot itself did, while the database did not answer. Times are ms since the epoch. */
export type Intent = StopIntent | FreezeIntent | TripIntent | FailureIntent;

export type StopIntent = {
  readonly kind: 'stop';
  readonly at: number;
  readonly by: Person;
  readonly via: Via;
  /** Whether every run that was approved by then is meant, or only those named. */
  readonly scope: 'everything' | 'named';
  /** The runs that are meant, as far as they are known. */
  readonly runIds: readonly RunId[];
};

export type FreezeIntent = { readonly kind: 'freeze'; readonly freeze: Freeze };

/** What ended the fault of a run; `epoch`: of the claim of the process that did. Absent in files of older versions. */
type EndIntent = { readonly runId: RunId; readonly epoch?: number };

/** A guard that tripped; `endAskedAt`: when Azure was asked to end the fault. */
export type TripIntent = EndIntent & {
  readonly kind: 'trip';
  readonly at: number;
  readonly trip: DatedTrip;
  readonly endAskedAt?: number;
  /** What showed the fault, where the journal did not have it. */
  readonly evidence?: FaultEvidence;
};

/** Why a run could not go on, so that the bot asked Azure to end its fault; `at`: when it did. */
export type FailureIntent = EndIntent & {
  readonly kind: 'failure';
  readonly at: number;
  readonly message: string;
  readonly suggestion: string;
  /** What showed the fault, where the journal did not have it. */
  readonly evidence?: FaultEvidence;
};

export type KeptIntent = Intent & { readonly id: string };

/** Keeps what people asked for, and what ended faults, outside of the database, until the database has it. It outlives the process. */
export interface IntentLog {
  /** Resolves once the intent is safe from the end of this process. Rejects where it can't be: then only this process remembers it. */
  append(intent: Intent): Promise<void>;
  /** What is not settled yet, oldest first. Never rejects: what can't be read is left out. */
  list(): Promise<readonly KeptIntent[]>;
  /** Forgets an intent that the database has. Never rejects. */
  settle(id: string): Promise<void>;
}
