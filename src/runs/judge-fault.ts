import { toArrivals } from '../domain/arrivals.ts';
import { judgeHypothesis, type Judgement } from '../domain/judgement.ts';
import type { PhaseMeasurement } from '../domain/measurement.ts';
import { requireSame } from '../domain/require-same.ts';
import type { Run } from '../domain/run.ts';
import { listPossibleTimes, type FaultTime } from './fault-time.ts';
import type { ConductContext } from './conduct-context.ts';

/** When a fault began and ended. */
type FaultTimes = { readonly begun: FaultTime; readonly end: FaultTime };

/** Measures and judges the time under a fault. Where it is not known when that began or ended, nothing is found that another possible time would change. */
export async function judgeFault(
  { proposal }: Run,
  { begun, end }: FaultTimes,
  { monitor, deps }: Pick<ConductContext, 'monitor' | 'deps'>,
): Promise<{ readonly measurement: PhaseMeasurement; readonly judgement: Judgement }> {
  const arrivals = toArrivals(proposal.service.scoring);
  const judge = (measured: PhaseMeasurement, begunAt: number) =>
    judgeHypothesis(proposal.hypothesis, toDated(measured, begunAt), arrivals);
  const others: Judgement[] = [];
  for (const [from, until] of listOthers({ begun, end })) {
    others.push(judge(monitor.measurementAsOf('observe', { from, until }), from));
    // Each takes some 20 ms at 500 predictions a second: others have their turn in between.
    await deps.clock.sleep(0);
  }
  const measured = monitor.measurement('observe');
  const movedMs = Math.abs(measured.endedAt - end.at);
  const measurement = toDated(measured, begun.at, movedMs);
  const judgement = judgeHypothesis(proposal.hypothesis, measurement, arrivals);
  return { measurement, judgement: requireSame(judgement, others) };
}

/** Other times that a fault may have lasted, from when until when: with each beginning, with each end, and with the outermost of both. */
function listOthers({ begun, end }: FaultTimes): readonly (readonly [number, number])[] {
  const others = [
    ...listPossibleTimes(begun).map((from) => [from, end.at] as const),
    ...listPossibleTimes(end).map((until) => [begun.at, until] as const),
    ...(begun.notBefore < begun.notAfter && end.notBefore < end.notAfter
      ? listCorners({ begun, end })
      : []),
  ];
  return others.filter(([from, until]) => until > from);
}

function listCorners({ begun, end }: FaultTimes) {
  const ends = [end.notBefore, end.notAfter];
  return ends.flatMap((until) =>
    [begun.notBefore, begun.notAfter].map((from) => [from, until] as const),
  );
}

/** Boundaries of spans lie between two predictions. */
const datingErrorMs = 1_000;

/** Says by how much the measured time differs from that of the fault: what was counted before a restart can't be moved to another span. */
function toDated(measured: PhaseMeasurement, begunAt: number, endMovedMs = 0): PhaseMeasurement {
  const movedMs = Math.abs(measured.startedAt - begunAt) + endMovedMs;
  const misdatedMs = Math.max(movedMs, measured.misdatedMs ?? 0);
  return misdatedMs > datingErrorMs ? { ...measured, misdatedMs } : measured;
}
