import type { Refusal } from '../domain/approval.ts';
import type { Run } from '../domain/run.ts';

/** Why a click does not decide, said to the person who clicked. */
export function printRefusal(refusal: Refusal, run: Run): string {
  switch (refusal) {
    case 'not-approver':
      return 'You are not among the approvers of this experiment, so nothing was decided. Ask one of them.';
    case 'self-approval':
      return 'You proposed this run, so somebody else has to decide. Nothing was decided.';
    case 'expired':
      return 'This proposal has expired. Propose it again.';
    case 'other-digest':
      return 'This card does not show what would run now, so nothing was decided. Use the newest card.';
    case 'already-decided':
      return run.approval
        ? `${run.approval.by.name} has approved this already.`
        : `This was decided already: ${run.end?.why ?? 'it is over'}`;
    case 'run-active':
      return 'Another run is going on on this cluster. Stop it or wait for its end, then approve.';
  }
}
