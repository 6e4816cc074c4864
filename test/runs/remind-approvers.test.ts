import { describe, expect, test } from '@jest/globals';
import type { Run } from '../../src/domain/run.ts';
import { createReminders } from '../../src/runs/remind-approvers.ts';
import { sampleRun, startOfTime } from '../support/proposal.ts';

const minute = 60_000;

function reminders(run: Run, remindBeforeMs = 10 * minute) {
  const said: Run[] = [];
  let now = startOfTime;
  const remind = createReminders({
    runs: { list: () => Promise.resolve([run]) } as never,
    catalogue: { approvals: { remindBeforeMs } } as never,
    announcer: { remind: (about: Run) => void said.push(about) } as never,
    clock: { now: () => now, sleep: () => Promise.resolve() },
  });
  return {
    said,
    at: async (minutes: number) => {
      now = startOfTime + minutes * minute;
      await remind();
    },
  };
}

describe('a reminder', () => {
  test('is said once, in time before the expiry', async () => {
    const run = sampleRun();
    const { said, at } = reminders(run);
    await at(19);
    expect(said).toEqual([]);
    await at(20);
    await at(25);
    expect(said).toEqual([run]);
  });

  test('is not said when it is too late, nor of a proposal as fresh as it', async () => {
    const late = reminders(sampleRun());
    await late.at(30);
    expect(late.said).toEqual([]);
    const short = reminders(sampleRun(), 60 * minute);
    await short.at(14);
    expect(short.said).toEqual([]);
    await short.at(15);
    expect(short.said).toHaveLength(1);
  });
});
