import { toArrivals } from '../domain/arrivals.ts';
import { judgeHypothesis, type Judgement } from '../domain/judgement.ts';
import type { PhaseMeasurement } from '../domain/measurement.ts';
import { requireSame } from '../domain/require-same.ts';
import type { Run } from '../domain/run.ts';
import type { FaultEnd } from './date-end.ts';
import type { RunMonitor } from './run-monitor.ts';

/** Measures and judges the time under a fault. Where it is not known when that ended, nothing is found that another possible end would change. */
export function judgeFault(
  { proposal }: Run,
  { begunAt, end }: { readonly begunAt: number; readonly end: FaultEnd },
  monitor: RunMonitor,
): { readonly measurement: PhaseMeasurement; readonly judgement: Judgement } {
  const arrivals = toArrivals(proposal.service.scoring);
  const judge = (measured: PhaseMeasurement) =>
    judgeHypothesis(proposal.hypothesis, toDated(measured, begunAt), arrivals);
  const others = listEnds(end, begunAt).map((at) => judge(monitor.measurementUntil('observe', at)));
  const measured = monitor.measurement('observe');
  const movedMs = Math.abs(measured.endedAt - end.at);
  const measurement = toDated(measured, begunAt, movedMs);
  const judgement = judgeHypothesis(proposal.hypothesis, measurement, arrivals);
  return { measurement, judgement: requireSame(judgement, others) };
}

/** So many parts of the time in which a fault ended are looked at. */
const parts = 12;

function listEnds({ notBefore, notAfter }: FaultEnd, begunAt: number): readonly number[] {
  if (notBefore >= notAfter) return [];
  const partMs = (notAfter - notBefore) / parts;
  const ends = Array.from({ length: parts + 1 }, (_, index) => notBefore + index * partMs);
  return ends.filter((at) => at > begunAt);
}

/** Boundaries of spans lie between two predictions. */
const datingErrorMs = 1_000;

/** Says by how much the measured time differs from that of the fault: what was counted before a restart can't be moved to another span. */
function toDated(measured: PhaseMeasurement, begunAt: number, endMovedMs = 0): PhaseMeasurement {
  const movedMs = Math.abs(measured.startedAt - begunAt) + endMovedMs;
  const misdatedMs = Math.max(movedMs, measured.misdatedMs ?? 0);
  return misdatedMs > datingErrorMs ? { ...measured, misdatedMs } : measured;
}
