import type { Transaction } from 'kysely';
import { fromKysely, PgBoss } from 'pg-boss';
import { parseRunId, type RunId } from '../domain/ids.ts';
import { claimLastsMs } from '../runs/ports/claim-store.ts';
import type { JobQueue } from '../runs/ports/job-queue.ts';
import type { Log } from '../runs/ports/log.ts';
import type { Database, Tables } from './database.ts';
import { JobWorkers } from './job-workers.ts';

const queue = 'conduct-run';
/** Longer than a run may take: 12 h of fault, its baseline and its recovery. */
const expireInSeconds = 16 * 3_600;

export type Jobs = JobQueue & {
  enqueue(runId: RunId, transaction: Transaction<Tables>): Promise<void>;
  close(): Promise<void>;
};

/**
 * The queue of runs to conduct, kept in the same database so that an approval and its job are one transaction. A job is
 * taken again after its worker died: at most one is active for a run at any time.
 */
export async function openJobQueue(database: Database, log: Log): Promise<Jobs> {
  const boss = new PgBoss({
    ...database.boss,
    schema: 'jobs',
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    maintenanceIntervalSeconds: 60,
    schedule: false,
  });
  boss.on('error', (error) => log.warn({ error }, 'The job queue met an error.'));
  await start(boss, database).catch(async (error: unknown) => {
    await boss.stop({ graceful: false });
    throw error;
  });
  const draining = new AbortController();
  let workers: JobWorkers | undefined;
  return {
    async enqueue(runId, transaction) {
      const db = fromKysely(transaction);
      await boss.send(queue, { runId }, { singletonKey: runId, db });
    },
    async work(conduct, { mostAtOnce, onWaiting }) {
      workers = new JobWorkers({
        boss,
        queue,
        mostAtOnce,
        onWaiting: (runIds) => onWaiting(runIds.flatMap((id) => parseRunId(id) ?? [])),
        log,
        async handle(job) {
          const runId = parseRunId(String(job.data?.runId));
          // Only a person puts in a job that names no run.
          if (!runId) return log.error({ jobId: job.id }, 'A job names no run.');
          await conduct(runId, draining.signal, job.signal).catch((error: unknown) => {
            log.warn({ runId, error }, 'Conducting was interrupted; the job will be retried.');
            throw error;
          });
        },
      });
      await workers.start();
    },
    async drain(timeoutMs) {
      draining.abort();
      await workers?.end();
      await boss.stop({ graceful: true, timeout: timeoutMs, close: false });
    },
    close: () => boss.stop({ graceful: false }),
  };
}

async function start(boss: PgBoss, database: Database): Promise<void> {
  await boss.start();
  await boss.createQueue(queue, {
    policy: 'stately',
    expireInSeconds,
    heartbeatSeconds: claimLastsMs / 1_000,
    retryLimit: 100_000,
    retryDelay: 1,
    deleteAfterSeconds: 24 * 3_600,
  });
  if (database.isOurs) await releaseAbandoned(boss);
}

/** Jobs of a process that is gone: with the embedded database every active job is one. */
async function releaseAbandoned(boss: PgBoss): Promise<void> {
  const jobs = await boss.findJobs(queue);
  const abandoned = jobs.filter(({ state }) => state === 'active').map(({ id }) => id);
  if (abandoned.length > 0)
    await boss.fail(queue, abandoned, { reason: 'the process that conducted it is gone' });
}
