import { randomUUID } from 'node:crypto';
import type { Action, Step } from '../experiments/experiment-schema.ts';

/** How far a part of an execution has come, as Chaos Studio writes it in the details. */
export type PartStatus = 'pending' | 'running' | 'completed' | 'failed' | 'cancelled';

export type TargetProgress = {
  readonly targetId: string;
  status: PartStatus;
  completedAt?: Date;
  failedAt?: Date;
  error?: { readonly code: string; readonly message: string };
};

export type ActionProgress = {
  readonly id: string;
  readonly action: Action;
  status: PartStatus;
  startedAt?: Date;
  endedAt?: Date;
  /** Known once the selectors are resolved. */
  targets: TargetProgress[];
};

export type BranchProgress = {
  readonly id: string;
  readonly name: string;
  status: PartStatus;
  readonly actions: readonly ActionProgress[];
};

export type StepProgress = {
  readonly id: string;
  readonly name: string;
  status: PartStatus;
  readonly branches: readonly BranchProgress[];
};

/** Nothing of the steps has begun. */
export function toProgress(steps: readonly Step[]): readonly StepProgress[] {
  return steps.map(({ name, branches }) => ({
    id: newId(),
    name,
    status: 'pending',
    branches: branches.map(({ name, actions }) => ({
      id: newId(),
      name,
      status: 'pending',
      actions: actions.map((action) => ({ id: newId(), action, status: 'pending', targets: [] })),
    })),
  }));
}

/** Chaos Studio writes its ids in upper case. */
export function newId(): string {
  return randomUUID().toUpperCase();
}
