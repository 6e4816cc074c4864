import type { ExperimentExecutionDetails } from '@azure/arm-chaos';
import type { ExecutionId } from '../domain/ids.ts';
import type { ExecutionReport } from '../domain/run-event.ts';
import { findAzureProblem } from './azure-problems.ts';
import { quoteAzure } from './quote-azure.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { toExecution } from './executions.ts';

/** How an execution stands and, when it failed, why. Rejects as the SDK does when Azure does not say how it stands. */
export async function readExecutionReport(
  experimentName: string,
  executionId: ExecutionId,
  studio: ChaosStudio,
): Promise<ExecutionReport> {
  const { experiments, resourceGroup } = studio;
  const found = await experiments.getExecution(resourceGroup, experimentName, executionId);
  const { state, status, startedAt, stoppedAt } = toExecution(found);
  return {
    executionId,
    state,
    status,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(stoppedAt === undefined ? {} : { stoppedAt }),
    ...(state === 'failed'
      ? { problem: toProblem(await readReason(experimentName, executionId, studio)) }
      : {}),
  };
}

/** That it failed is known already: the reason may be missing. */
async function readReason(
  experimentName: string,
  executionId: ExecutionId,
  { experiments, resourceGroup, log }: ChaosStudio,
): Promise<string | undefined> {
  try {
    return findReason(
      await experiments.executionDetails(resourceGroup, experimentName, executionId),
    );
  } catch {
    log.warn({ experimentName, executionId }, 'Azure did not say why the execution failed.');
    return undefined;
  }
}

/** The message nearest to the cause: that of a target, then that of the whole. */
export function findReason(details: ExperimentExecutionDetails): string | undefined {
  const targets = (details.runInformation?.steps ?? [])
    .flatMap(({ branches }) => branches ?? [])
    .flatMap(({ actions }) => actions ?? [])
    .flatMap(({ targets }) => targets ?? []);
  const reasons = [...targets.map(({ error }) => error?.message), details.failureReason];
  return reasons.find((reason) => typeof reason === 'string' && reason !== '');
}

/** What went wrong and what to do about it. */
export function toProblem(reason: string | undefined): NonNullable<ExecutionReport['problem']> {
  if (reason === undefined) {
    return {
      message: 'Chaos Studio gave no reason.',
      suggestion: "Open the execution's details of the experiment in the Azure portal.",
    };
  }
  const suggestion =
    findAzureProblem(reason)?.suggestion ??
    "Look into the execution's details of the experiment in the Azure portal, then try again.";
  return { message: quoteAzure(reason), suggestion };
}
