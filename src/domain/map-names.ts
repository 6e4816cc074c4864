import { rename, type ToName } from './person.ts';
import { mapProposalNames } from './proposal.ts';
import type { RunEvent } from './run-event.ts';

/** The event with every name in it changed. Whatever else it says of people are their ids. */
export function mapNames<Event extends RunEvent>(event: Event, toName: ToName): Event;
export function mapNames(event: RunEvent, toName: ToName): RunEvent {
  switch (event.type) {
    case 'proposed':
      return { ...event, proposal: mapProposalNames(event.proposal, toName) };
    case 'approved':
    case 'rejected':
    case 'stop-requested':
    case 'stop-disallowed':
      return { ...event, by: rename(event.by, toName) };
    default:
      return event;
  }
}
