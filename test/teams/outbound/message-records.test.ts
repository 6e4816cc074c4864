import { beforeEach, expect, test } from '@jest/globals';
import type { RunId } from '../../../src/domain/ids.ts';
import type { MessageLedger } from '../../../src/runs/ports/message-ledger.ts';
import { NotSentError } from '../../../src/teams/outbound/channel-error.ts';
import { MessageRecords } from '../../../src/teams/outbound/message-records.ts';
import { LedgerInMemory } from '../../support/message-ledger.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

const run = 'r-1' as RunId;
const posted = { activityId: 'activity-1', version: 3 };
let ledger: LedgerInMemory;
let failing: 'rejects' | 'hangs' | undefined;
let clock: VirtualClock;
let records: MessageRecords;

beforeEach(() => {
  ledger = new LedgerInMemory();
  failing = undefined;
  clock = new VirtualClock();
  const fail = () =>
    failing === 'hangs' ? new Promise<never>(() => undefined) : Promise.reject(new Error('away'));
  const messages: MessageLedger = {
    find: (...asked) => (failing ? fail() : ledger.find(...asked)),
    save: (...given) => (failing ? fail() : ledger.save(...given)),
    undelivered: () => Promise.resolve([]),
  };
  const nothing = () => undefined;
  records = new MessageRecords({
    messages,
    clock,
    log: { info: nothing, warn: nothing, error: nothing },
  });
});

async function settle<Result>(asked: Promise<Result>): Promise<Result | Error> {
  const outcome: { value?: Result | Error } = {};
  void asked.then(
    (value) => (outcome.value = value),
    (error: Error) => (outcome.value = error),
  );
  await clock.run(() => 'value' in outcome);
  return outcome.value as Result | Error;
}

const ways = ['rejects', 'hangs'] as const;

test.each(ways)(
  'a message that was posted while the database %s is found, and recorded later',
  async (way) => {
    failing = way;
    await settle(records.save(run, 'card', posted));
    expect(await settle(records.find(run, 'card'))).toEqual(posted);
    failing = undefined;
    expect(await settle(records.find(run, 'card'))).toEqual(posted);
    expect(await ledger.find(run, 'card')).toEqual(posted);
  },
);

test.each(ways)('the card that was known before the database %s is still updated', async (way) => {
  await ledger.save(run, 'card', posted);
  await settle(records.find(run, 'card'));
  failing = way;
  expect(await settle(records.find(run, 'card'))).toEqual(posted);
});

test.each(ways)(
  'an unknown card is not posted a second time while the database %s',
  async (way) => {
    failing = way;
    expect(await settle(records.find(run, 'card'))).toBeInstanceOf(NotSentError);
  },
);

test.each(ways)('an alert is posted although the database %s', async (way) => {
  failing = way;
  expect(await settle(records.find(run, 'notice'))).toBeUndefined();
});
