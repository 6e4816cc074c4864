import type {
  ActionProgress,
  BranchProgress,
  PartStatus,
  StepProgress,
  TargetProgress,
} from './execution-progress.ts';
import { parseIsoDuration } from './iso-duration.ts';

export type StepRunner = {
  /** Rejects when the execution is cancelled. */
  wait(ms: number): Promise<void>;
  /** The time that taking a fault away takes after a cancellation. */
  waitForRemoval(): Promise<void>;
  isCancelled(): boolean;
  inject(action: ActionProgress['action'], targetId: string): () => void;
};

/** Steps one after another, their branches side by side, the actions of a branch one after another. Rejects with the first failure. */
export async function runSteps(steps: readonly StepProgress[], runner: StepRunner): Promise<void> {
  for (const step of steps) {
    await follow(step, runner, async () => {
      const branches = step.branches.map((branch) => runBranch(branch, runner));
      const outcomes = await Promise.allSettled(branches);
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    });
  }
}

function runBranch(branch: BranchProgress, runner: StepRunner): Promise<void> {
  return follow(branch, runner, async () => {
    for (const action of branch.actions) await runAction(action, runner);
  });
}

async function runAction(progress: ActionProgress, runner: StepRunner): Promise<void> {
  progress.startedAt = new Date();
  try {
    await follow(progress, runner, () => perform(progress, runner));
  } finally {
    progress.endedAt = new Date();
  }
}

async function perform(progress: ActionProgress, runner: StepRunner): Promise<void> {
  const { action, targets } = progress;
  const durationMs = 'duration' in action ? (parseIsoDuration(action.duration) ?? 0) : 0;
  if (action.type === 'delay') return runner.wait(durationMs);
  const undos: (() => void)[] = [];
  try {
    for (const target of targets) undos.push(injectInto(target, action, runner));
    await runner.wait(durationMs);
  } finally {
    if (runner.isCancelled() && undos.length > 0) await runner.waitForRemoval();
    for (const undo of undos) undo();
    for (const target of targets) conclude(target, runner);
  }
}

function injectInto(
  target: TargetProgress,
  action: ActionProgress['action'],
  runner: StepRunner,
): () => void {
  target.status = 'running';
  try {
    return runner.inject(action, target.targetId);
  } catch (error) {
    target.status = 'failed';
    target.failedAt = new Date();
    target.error = { code: 'FaultInjectionFailed', message: (error as Error).message };
    throw error;
  }
}

function conclude(target: TargetProgress, runner: StepRunner): void {
  if (target.status !== 'running') return;
  target.status = runner.isCancelled() ? 'cancelled' : 'completed';
  target.completedAt = new Date();
}

async function follow(
  part: { status: PartStatus },
  runner: StepRunner,
  work: () => Promise<void>,
): Promise<void> {
  part.status = 'running';
  try {
    await work();
    part.status = 'completed';
  } catch (error) {
    part.status = runner.isCancelled() ? 'cancelled' : 'failed';
    throw error;
  }
}
