import { failureKinds, unmeasuredReasons } from '../../domain/measurement.ts';
import { isMeasured, type Sample } from '../../domain/sample.ts';

/** The columns of a file of samples. */
export const sampleHeader = 'due_at,latency_ms,outcome,status,pod,connection,phase,late_ms';

/** A sample as a line of CSV, without its end. Times are in UTC to the millisecond, latencies to a hundredth of one. What was not measured is left empty. */
export function toSampleLine(sample: Sample): string {
  const { dueAt, latencyMs, outcome, status = '', pod = '', kept, phase, lateMs } = sample;
  // Never rounded up: it must not come into the next second.
  const due = new Date(Math.floor(dueAt)).toISOString();
  const [latency, connection, late] = isMeasured(sample)
    ? [latencyMs.toFixed(2), kept ? 'kept' : 'fresh', lateMs.toFixed(2)]
    : ['', '', ''];
  return `${due},${latency},${outcome},${status},${toCell(pod)},${connection},${phase},${late}`;
}

const columns = sampleHeader.split(',');
const phaseCell = columns.indexOf('phase');
const outcomeCell = columns.indexOf('outcome');
const measuredCells: readonly number[] = ['latency_ms', 'connection', 'late_ms'].map((name) =>
  columns.indexOf(name),
);

/** Returns such a line with the phase that its due time lies in, and without the zeros that files once had for what was not measured. */
export function rephase(line: string, phaseOf: (dueAt: number) => string): string {
  const cells = line.split(',');
  if (cells.length <= phaseCell) return line;
  const rephased = cells.with(phaseCell, phaseOf(Date.parse(cells[0] ?? '')));
  if (!isUnmeasured(cells[outcomeCell] ?? '')) return rephased.join(',');
  return rephased.map((cell, index) => (measuredCells.includes(index) ? '' : cell)).join(',');
}

const isUnmeasured = (outcome: string) =>
  (unmeasuredReasons as readonly string[]).includes(outcome);

/** A header of the service says anything; nothing of it may look like another cell, or like a formula to a spreadsheet. */
function toCell(pod: string): string {
  return pod.replaceAll(/[^\w.:/-]/g, '_').replace(/^-/, '_');
}

const outcomes: readonly string[] = ['good', ...failureKinds, ...unmeasuredReasons];
const phases: readonly string[] = ['baseline', 'inject', 'observe', 'recover'];

/** Reads such a line; undefined when it is none, as the header or what was written in half. */
export function parseSampleLine(line: string): Sample | undefined {
  const [
    due = '',
    latency = '',
    outcome = '',
    status,
    pod,
    connection,
    phase = '',
    late = '0',
    ...more
  ] = line.split(',');
  const [dueAt, latencyMs, lateMs] = [Date.parse(due), Number(latency), Number(late)];
  const isWhole =
    Number.isFinite(dueAt) &&
    (latency !== '' || isUnmeasured(outcome)) &&
    Number.isFinite(latencyMs) &&
    Number.isFinite(lateMs) &&
    outcomes.includes(outcome) &&
    phases.includes(phase) &&
    more.length === 0;
  if (!isWhole) return undefined;
  return {
    dueAt,
    lateMs,
    latencyMs,
    outcome: outcome as Sample['outcome'],
    ...(status ? { status: Number(status) } : {}),
    ...(pod ? { pod } : {}),
    kept: connection === 'kept',
    phase: phase as Sample['phase'],
  };
}
