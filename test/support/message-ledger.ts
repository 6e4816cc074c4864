import type { DeliveredMessage, MessageLedger } from '../../src/runs/ports/message-ledger.ts';

/** A ledger in memory that outlives those who speak. */
export class LedgerInMemory implements MessageLedger {
  readonly messages = new Map<string, DeliveredMessage>();

  find: MessageLedger['find'] = (runId, role) =>
    Promise.resolve(this.messages.get(`${runId} ${role}`));

  save: MessageLedger['save'] = (runId, role, message) => {
    this.messages.set(`${runId} ${role}`, message);
    return Promise.resolve();
  };

  undelivered: MessageLedger['undelivered'] = () => Promise.resolve([]);
}
