import type { Run } from '../../../src/domain/run.ts';
import { conductRun } from '../../../src/runs/conduct-run.ts';
import { approver, sampleProposal } from '../proposal.ts';
import { Stage } from '../stage.ts';
import { tellTimes } from './real-run.ts';

export type VirtualRun = {
  /** The share of predictions that fail while the fault is active. */
  readonly lossUnderFault: number;
  /** For how long nothing is answered after it. */
  readonly silentAfterMs: number;
  /** The share of due predictions that must be measured for a phase to hold; the default when absent. */
  readonly leastCoverage?: number;
  /** When the process that conducts is killed after its beginning, and how long it is away. */
  readonly kill?: { readonly afterMs: number; readonly awayMs: number };
};

const faultMs = 20_000;

/** Conducts a run in virtual time; the process may be killed once. */
export async function conductVirtual({
  kill,
  leastCoverage,
  ...service
}: VirtualRun): Promise<Stage> {
  const guards = [{ kind: 'lost-sight', afterMs: 3_600_000 } as const];
  const hypothesis = {
    ...sampleProposal().hypothesis,
    ...(leastCoverage === undefined ? {} : { leastCoverage }),
  };
  const fault = { ...sampleProposal().fault, durationMs: faultMs };
  const stage = new Stage({ baselineMs: 20_000, fault, guards, hypothesis });
  Object.assign(stage, { ...service, faultMs });
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const begunAt = stage.now;
  let isDue = kill !== undefined;
  stage.onTick = () => {
    if (!isDue || !kill || stage.now < begunAt + kill.afterMs) return;
    isDue = false;
    stage.kill();
  };
  const { signal } = new AbortController();
  await conductRun(id, toDeps(stage), signal).catch((error: unknown) => {
    if (!stage.killed) throw error;
  });
  if (!stage.killed) return stage;
  stage.restart();
  stage.now += kill?.awayMs ?? 0;
  await conductRun(id, toDeps(stage), signal);
  return stage;
}

const toDeps = (stage: Stage) => ({ ...stage.deps(), faults: tellTimes(stage) });

/** How long a run lasted that was measured to its end. */
export function lastedMs({ recovered, proposal }: Run): number {
  return (recovered?.measurement.endedAt ?? 0) - proposal.proposedAt;
}
