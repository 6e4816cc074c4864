import type { Refusal } from '../domain/approval.ts';
import { explainEnd } from '../domain/explain-end.ts';
import type { Run } from '../domain/run.ts';

/** Why a click does not decide, said to the person who clicked. */
export function printRefusal(refusal: Refusal, run: Run): string {
  const why = explainEnd(run);
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
      return why
        ? `This was decided already: ${why}`
        : `${run.approvals.map(({ by }) => by.name).join(' and ')} approved this already.`;
    case 'already-approved':
      return 'You have approved this already. Somebody else has to as well.';
    case 'frozen':
      return 'Everything is frozen, so nothing was approved. Somebody who may approve says unfreeze when it is over.';
    case 'closed':
      return 'This is not a time for runs any more, so nothing was approved. Propose it again when it is; `run` says when.';
    case 'run-active':
      return 'Another run is going on on this cluster. Stop it or wait for its end, then approve.';
  }
}
