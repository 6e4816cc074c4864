import type { ObjectId } from '../../domain/ids.ts';
import type { Person } from '../../domain/person.ts';
import type { Origin } from '../../domain/run-event.ts';

/** Knows who belongs to which group of the organisation's directory. */
export interface Membership {
  /**
   * Those of these groups that the person is in, also through other groups. Rejects with `membership-unknown` when it cannot be told; whoever asks
   * must let nobody in then.
   */
  memberOf(person: Person, groupIds: readonly ObjectId[]): Promise<readonly ObjectId[]>;
}

/** Knows who is in a conversation. */
export interface Roster {
  /** Whether the person is a member of the conversation in which something was proposed. Rejects with `membership-unknown` when it cannot be told. */
  isMember(origin: Origin, person: Person): Promise<boolean>;
}
