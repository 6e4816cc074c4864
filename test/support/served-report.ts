import { randomBytes } from 'node:crypto';
import { createReportAnswerer } from '../../src/answer-report.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { createMetrics } from '../../src/metrics.ts';
import type { SampleStore } from '../../src/runs/ports/sample-store.ts';
import { createCsvReader } from '../../src/runs/read-csv.ts';
import { createSampledReader } from '../../src/runs/read-sampled.ts';
import { foldRun } from '../../src/domain/run.ts';
import { createReportLinks } from '../../src/report-links.ts';
import { toReport, type JournalOfRun } from '../../src/reports/to-report.ts';
import { startServer } from '../../src/server.ts';

export type ServedReport = { readonly link: string; close(): Promise<void> };

/** Serves one run's report as the bot does, with the samples that are kept of it, and gives a link that opens it. */
export async function serveReport(
  journal: JournalOfRun,
  samples?: SampleStore,
): Promise<ServedReport> {
  const clock = { now: () => Date.now() };
  const key = randomBytes(32);
  const links = createReportLinks({ key, publicUrl: '', clock });
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const readSampled = createSampledReader({ clock, log, ...(samples ? { samples } : {}) });
  const refuse = () => Promise.reject(new Error('only reports are served'));
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(),
    log,
    health: refuse,
    freeze: refuse,
    handleMessages: refuse,
    answerReport: createReportAnswerer({
      links,
      read: async () =>
        toReport(journal, { version: '0.1.0', sampled: await readSampled(foldRun(journal)) }),
      ...(samples
        ? { readCsv: createCsvReader(samples, { journal: () => Promise.resolve(journal) }) }
        : {}),
    }),
  });
  return {
    link: `${server.url}${links.toLink(journal[0]?.runId ?? ('' as RunId))}`,
    close: () => server.close(),
  };
}
