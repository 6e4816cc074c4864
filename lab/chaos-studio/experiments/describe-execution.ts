import type {
  ActionProgress,
  BranchProgress,
  StepProgress,
  TargetProgress,
} from '../engine/execution-progress.ts';
import type { Execution } from '../engine/execution.ts';
import { withoutPublisher } from '../capability-types.ts';
import { toAzureTime } from '../system-data.ts';

/** What Azure writes for a time that never was. */
const never = '0001-01-01T00:00:00+00:00';

export function describeExecution(execution: Execution, experimentId: string): unknown {
  return {
    type: 'Microsoft.Chaos/experiments/executions',
    id: `${experimentId}/executions/${execution.id}`,
    name: execution.id,
    properties: describeState(execution),
  };
}

/** The answer of `getExecutionDetails`. */
export function describeDetails(execution: Execution, experimentId: string): unknown {
  const actions = execution.steps
    .flatMap(({ branches }) => branches)
    .flatMap(({ actions }) => actions);
  const times = actions
    .flatMap(({ startedAt, endedAt }) => [startedAt, endedAt])
    .filter((time) => time !== undefined);
  const lastActionAt = times.toSorted((a, b) => a.getTime() - b.getTime()).at(-1);
  return {
    type: 'Microsoft.Chaos/experiments/executions/getExecutionDetails',
    id: `${experimentId}/executions/${execution.id}/getExecutionDetails`,
    name: execution.id,
    properties: {
      ...describeState(execution),
      failureReason: execution.failureReason,
      ...(lastActionAt ? { lastActionAt: toAzureTime(lastActionAt) } : {}),
      runInformation: { steps: execution.steps.map(describeStep) },
    },
  };
}

function describeState({ status, startedAt, stoppedAt }: Execution) {
  return {
    status,
    startedAt: toAzureTime(startedAt),
    ...(stoppedAt ? { stoppedAt: toAzureTime(stoppedAt) } : {}),
  };
}

function describeStep({ name, id, status, branches }: StepProgress): unknown {
  return { stepName: name, stepId: id, status, branches: branches.map(describeBranch) };
}

function describeBranch({ name, id, status, actions }: BranchProgress): unknown {
  return { branchName: name, branchId: id, status, actions: actions.map(describeAction) };
}

function describeAction({ action, id, status, startedAt, endedAt, targets }: ActionProgress) {
  return {
    actionName: action.name,
    actionId: id,
    status,
    ...(startedAt ? { startTime: toAzureTime(startedAt) } : {}),
    ...(endedAt ? { endTime: toAzureTime(endedAt) } : {}),
    targets: targets.map(describeTarget),
  };
}

function describeTarget({ targetId, status, completedAt, failedAt, error }: TargetProgress) {
  const type = withoutPublisher(targetId.split('/').at(-1) ?? '');
  return {
    status,
    target: `urn:x-chaos-targets:Azure-${type}:${targetId}`,
    targetFailedTime: failedAt ? toAzureTime(failedAt) : never,
    targetCompletedTime: completedAt ? toAzureTime(completedAt) : never,
    error: error ?? { code: null, message: null },
  };
}
