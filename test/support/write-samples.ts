import type { RunId } from '../../src/domain/ids.ts';
import { createSampleFiles } from '../../src/predictions/samples/sample-files.ts';
import { sampleAt } from './samples.ts';

/** Writes samples until it is killed, in a process of its own: `node write-samples.ts FOLDER`. Says each time how many it has written, and what is logged. */
const [, , folder = ''] = process.argv;
const say = (what: unknown) => process.stdout.write(`${JSON.stringify(what)}\n`);
const log = {
  info: (fields: object, message: string) => say({ ...fields, message }),
  warn: (fields: object, message: string) => say({ ...fields, message }),
  error: (fields: object, message: string) => say({ ...fields, message }),
};
const writer = createSampleFiles({ folder, maxBytes: 64_000_000, log }).open('r-7k2mq4' as RunId);
let count = 0;
const timer = setInterval(() => {
  for (let index = 0; index < 50; index += 1) {
    // Latencies that compress badly, so that files grow.
    writer.write(sampleAt(count / 1_000, { latencyMs: Math.random() * 900 }));
    count += 1;
  }
  say({ written: count, at: Date.now() });
}, 50);
process.stdin.resume();
process.stdin.on('end', () => {
  clearInterval(timer);
  void writer.close().then(() => process.exit(0));
});
