import { findOwn } from '../domain/find-own.ts';

/** What an activity states about who sent it and where. Nothing is known of it before it was checked. */
export type SenderFields = {
  readonly from?: unknown;
  readonly conversation?: unknown;
  readonly channelData?: unknown;
};

/** The tenants that an activity names, in lower case. */
export type Tenants = {
  /** Of the conversation. */
  readonly host: string | undefined;
  /** Of the sender: another one for people of other organisations in a shared channel. */
  readonly sender: string | undefined;
};

/** Reads the tenants of an activity that is not contradictory. */
export function readTenants(activity: SenderFields): Tenants {
  const { conversation, from, channel } = readAll(activity);
  const host = conversation ?? channel;
  return { host, sender: from ?? host };
}

/**
 * Whether the tenants that an activity names cannot all be true. In a shared channel the sender's tenant differs from the conversation's, and Teams may
 * name either in `channelData`; a third tenant, or one in `channelData` that is neither, is made up.
 */
export function isContradictory(activity: SenderFields): boolean {
  const { conversation, from, channel } = readAll(activity);
  if (channel === undefined || conversation === undefined) return false;
  return channel !== conversation && channel !== from;
}

/** Whether Teams states that the sender is no member of the organisation; undefined where the activity does not say. */
export function isStatedOutsider(activity: SenderFields): boolean | undefined {
  const { host, sender } = readTenants(activity);
  if (sender !== host) return true;
  const roles = [activity.from, activity.channelData].map((part) => readText(part, 'userRole'));
  return roles.some(isOutsiderRole) ? true : undefined;
}

/** Whether a role in Teams is that of somebody outside of the organisation. */
export function isOutsiderRole(role: string | undefined): boolean {
  return role !== undefined && /guest|anonymous|federated|external/i.test(role);
}

function readAll({ conversation, from, channelData }: SenderFields) {
  const { tenant } = (channelData ?? {}) as { tenant?: unknown };
  return {
    conversation: readText(conversation, 'tenantId'),
    from: readText(from, 'tenantId'),
    channel: readText(tenant, 'id'),
  };
}

function readText(part: unknown, name: string): string | undefined {
  if (typeof part !== 'object' || part === null) return undefined;
  const value = findOwn(part as Readonly<Record<string, unknown>>, name);
  return typeof value === 'string' ? value.toLowerCase() : undefined;
}
