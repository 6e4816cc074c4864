import { ChaosError } from '../domain/chaos-error.ts';
import type { ExecutionId } from '../domain/ids.ts';
import { readFailure } from './azure-error.ts';
import type { ChaosStudio } from './chaos-client.ts';
import { listExecutions } from './executions.ts';
import { retryTransient } from './retry-transient.ts';

const throttledLimitMs = 30_000;
/** Preparing takes Azure some 30 s, and its execution shows long before. */
const executionLimitMs = 90_000;
const lookIntervalMs = 2_000;

/** Azure's long-running operation of one start, as far as it is known by now. */
type Operation = { executionId?: ExecutionId; failed?: unknown };

export type StartOptions = {
  /** The executions that were there before. */
  readonly before: ReadonlySet<string>;
  /** Aborted: no start is sent any more; rejects with its reason. */
  readonly calledOff?: AbortSignal;
  /** Called right before each request, which is not sent when it rejects. */
  readonly requireMay?: () => Promise<void>;
};

/**
 * Asks for the start, once, and resolves to the execution's id as soon as it is certain: the only one that was not there `before`, or the
 * one that the operation names. Rejects as the SDK does. The request is repeated only after 429, which says that it was not taken.
 */
export async function startExperiment(
  experimentName: string,
  { before, calledOff, requireMay }: StartOptions,
  studio: ChaosStudio,
): Promise<ExecutionId> {
  const polling = new AbortController();
  const send = async () => {
    await requireMay?.();
    calledOff?.throwIfAborted();
    return sendStart(experimentName, polling.signal, studio);
  };
  const operation = await retryTransient(send, {
    clock: studio.clock,
    limitMs: throttledLimitMs,
    isRetried: ({ statusCode }) => statusCode === 429,
    ...(calledOff ? { signal: calledOff } : {}),
  });
  try {
    return await awaitExecution(experimentName, { before, operation }, studio);
  } finally {
    polling.abort();
  }
}

/** Once Azure has accepted, nothing that comes after may look like a refusal: whether the polling fails is another matter. */
async function sendStart(
  experimentName: string,
  abortSignal: AbortSignal,
  { experiments, resourceGroup, log }: ChaosStudio,
): Promise<Operation> {
  const operation: Operation = {};
  let accepted = false;
  const onResponse = ({ status }: { status: number }) => {
    accepted ||= status < 300;
  };
  try {
    const poller = await experiments.beginStart(resourceGroup, experimentName, { onResponse });
    void poller.pollUntilDone({ abortSignal }).then(
      (result: unknown) => Object.assign(operation, { executionId: readExecutionId(result) }),
      (failed: unknown) => Object.assign(operation, { failed }),
    );
  } catch (error) {
    if (!accepted) throw error;
    log.warn({ experimentName }, 'Azure accepted the start, but cannot be asked about it.');
  }
  return operation;
}

/** The SDK types the result as void, and Azure answers `{name, statusUrl}`, the id being the last part of the address. */
function readExecutionId(result: unknown): ExecutionId | undefined {
  const { body } = (result ?? {}) as { body?: { statusUrl?: unknown } };
  const statusUrl = body?.statusUrl;
  if (typeof statusUrl !== 'string') return undefined;
  return statusUrl.split('?')[0]?.split('/').at(-1) as ExecutionId | undefined;
}

async function awaitExecution(
  experimentName: string,
  { before, operation }: { before: ReadonlySet<string>; operation: Operation },
  studio: ChaosStudio,
): Promise<ExecutionId> {
  const endsAt = studio.clock.now() + executionLimitMs;
  while (studio.clock.now() < endsAt) {
    const { executionId, failed } = operation;
    const found = await listExecutions(experimentName, studio).catch(() => []);
    const fresh = found.filter(({ id }) => !before.has(id));
    if (fresh.length === 1 && fresh[0]) return fresh[0].id;
    if (executionId !== undefined) return executionId;
    if (isFailedOperation(failed)) throw failed;
    await studio.clock.sleep(lookIntervalMs);
  }
  throw unnamed(experimentName);
}

/** The SDK also calls it failed when it only could not ask; Azure's own word alone counts. */
function isFailedOperation(failed: unknown): boolean {
  return readFailure(failed).operationFailed === true;
}

function unnamed(experimentName: string): ChaosError {
  return new ChaosError(
    'azure-unreachable',
    `Azure accepted the start of ${experimentName}, but did not name its execution.`,
    { suggestion: 'Use `stop all`, then look at the experiment in the Azure portal.' },
  );
}
