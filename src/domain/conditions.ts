import { printDuration } from './duration.ts';
import type { RunId } from './ids.ts';
import type { Run } from './run.ts';

/** An HTTP check of something outside, such as that no incident is open. */
export type OutsideCheck = {
  readonly name: string;
  readonly url: string;
  readonly status: number;
  /** What must stand at a path of the JSON that is answered, such as `incidents.open`. */
  readonly json?: Readonly<Record<string, string | number | boolean | null>>;
};

/** What must be so when a run is proposed, approved and begins, beside the calendar. */
export type Conditions = {
  /** What becomes of an approval while another run goes on on the cluster. */
  readonly whenBusy: 'refuse' | 'queue';
  /** After a run that deviated or was aborted, nothing on its cluster for so long. */
  readonly coolDownMs?: number;
  readonly checks: readonly OutsideCheck[];
};

/** Which condition is not met, and when or how it would be. */
export type Unmet = { readonly rule: string; readonly suggestion: string };

/** Two sets that both apply: every check, the longer time; what the second says of a busy cluster. */
export function joinConditions(
  one: Conditions,
  { whenBusy, coolDownMs = 0, checks }: Partial<Conditions>,
): Conditions {
  const longer = Math.max(one.coolDownMs ?? 0, coolDownMs);
  return {
    whenBusy: whenBusy ?? one.whenBusy,
    ...(longer > 0 ? { coolDownMs: longer } : {}),
    checks: [...one.checks, ...(checks ?? [])],
  };
}

/** Whether a run on this cluster went so badly and so lately that it has to be left alone. */
export function findCoolDown(
  { coolDownMs = 0 }: Conditions,
  { ended, cluster, now }: { ended: readonly Run[]; cluster: string; now: number },
): Unmet | undefined {
  const bad = ended.filter(
    ({ proposal, end }) =>
      proposal.cluster.name === cluster &&
      (end?.verdict === 'deviated' || end?.ending === 'aborted') &&
      end.at + coolDownMs > now,
  );
  const last = bad.toSorted((left, right) => (left.end?.at ?? 0) - (right.end?.at ?? 0)).at(-1);
  if (!last?.end) return undefined;
  return {
    rule: `${cluster} is cooling down for ${printDuration(coolDownMs)} after run ${last.id}`,
    suggestion: `Look at its summary first; propose this in ${printDuration(last.end.at + coolDownMs - now)}.`,
  };
}

/** The run that has to end before this one may begin: one that goes on on its cluster, or was approved before it. */
export function findAhead(run: Run, active: readonly Run[]): RunId | undefined {
  return active.find(
    (other) =>
      other.id !== run.id &&
      other.proposal.cluster.name === run.proposal.cluster.name &&
      (other.phase !== 'approved' || isBefore(other, run)),
  )?.id;
}

function isBefore(one: Run, other: Run): boolean {
  const [first, second] = [one, other].map(({ approvals }) => approvals.at(-1)?.at ?? Infinity);
  return first === second ? one.id < other.id : (first ?? 0) < (second ?? 0);
}
