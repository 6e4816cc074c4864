import { rename, type Person, type ToName } from './person.ts';
import { mapProposalNames } from './proposal.ts';
import type { RunEvent } from './run-event.ts';
import type { Run } from './run.ts';

/** The event with every name in it changed. Whatever else it says of people are their ids. */
export function mapNames<Event extends RunEvent>(event: Event, toName: ToName): Event;
export function mapNames(event: RunEvent, toName: ToName): RunEvent {
  switch (event.type) {
    case 'proposed':
      return { ...event, proposal: mapProposalNames(event.proposal, toName) };
    case 'approved':
    case 'rejected':
    case 'stop-requested':
    case 'stop-came-late':
    case 'stop-disallowed':
      return { ...event, by: rename(event.by, toName) };
    default:
      return event;
  }
}

/** The run with every name in it changed, at the same places as in its events. */
export function mapRunNames(run: Run, toName: ToName): Run {
  const { proposal, approvals, rejection, stop, lateStop, disallowedStop } = run;
  const renamed = <Deed extends { readonly by: Person }>(deed: Deed): Deed => ({
    ...deed,
    by: rename(deed.by, toName),
  });
  return {
    ...run,
    proposal: mapProposalNames(proposal, toName),
    approvals: approvals.map(renamed),
    ...(rejection ? { rejection: renamed(rejection) } : {}),
    ...(stop ? { stop: renamed(stop) } : {}),
    ...(lateStop ? { lateStop: renamed(lateStop) } : {}),
    ...(disallowedStop ? { disallowedStop: renamed(disallowedStop) } : {}),
  };
}
