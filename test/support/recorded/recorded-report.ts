import packageJson from '../../../package.json' with { type: 'json' };
import type { Report } from '../../../src/reports/report.ts';
import { toReport } from '../../../src/reports/to-report.ts';
import { compareRecorded, type RecordedRun } from './recorded-runs.ts';

/** Returns the report of a recorded run, with all that its bot knew beside the journal. */
export function toRecordedReport(recorded: RecordedRun): Report {
  return toReport(recorded.journal, {
    version: packageJson.version,
    comparison: compareRecorded(recorded),
    ...(recorded.samples.length > 0 ? { sampled: { kept: recorded.samples.length } } : {}),
  });
}
