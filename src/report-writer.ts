import { Worker } from 'node:worker_threads';
import type { WriteReport, WrittenReport } from './write-report.ts';

type Waiting = {
  readonly resolve: (written: WrittenReport) => void;
  readonly reject: (error: Error) => void;
};
/** Between threads a buffer becomes a plain array of bytes. */
type Answer = {
  readonly id: number;
  readonly written?: string | Uint8Array;
  readonly failed?: string;
};

export type ReportWriter = { readonly write: WriteReport; close(): Promise<void> };

/** Writes reports in a thread of its own, so that charts and pictures hold up nothing else, above all no stop. The thread starts with the first report. */
export function createReportWriter(): ReportWriter {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let count = 0;

  const fail = (error: Error) => {
    worker = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const start = () => {
    const started = new Worker(new URL('report-worker.ts', import.meta.url), { execArgv: [] });
    started.on('message', ({ id, written, failed }: Answer) => {
      const asked = waiting.get(id);
      waiting.delete(id);
      if (failed === undefined)
        asked?.resolve(written instanceof Uint8Array ? Buffer.from(written) : written);
      else asked?.reject(new Error(failed));
    });
    started.on('error', fail);
    started.on('exit', () => fail(new Error('The thread that writes reports has ended.')));
    started.unref();
    return started;
  };

  return {
    write: (order) =>
      new Promise((resolve, reject) => {
        count += 1;
        waiting.set(count, { resolve, reject });
        worker ??= start();
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- threads have no origin
        worker.postMessage({ id: count, order });
      }),
    async close() {
      await worker?.terminate();
    },
  };
}
