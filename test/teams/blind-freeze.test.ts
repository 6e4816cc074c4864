import { expect, test } from '@jest/globals';
import type { Activity } from 'botbuilder';
import { handleCommand, type CommandDeps } from '../../src/teams/handle-command.ts';

const activity = {
  from: { id: '29:1', name: 'Alex Kim', aadObjectId: '11111111-0000-4000-8000-000000000001' },
  conversation: { id: '19:chaos@thread.tacv2', tenantId: '7d1f5c6e-0000-4000-8000-00000000aaaa' },
} as Activity;

test('a freeze that found no list of runs says that everything was cancelled', async () => {
  const stopped = {
    kind: 'cancelled-blindly',
    stopped: [],
    refused: [],
    isKept: true,
    experiments: ['chaos-marshal-a'],
  };
  const deps = {
    useCases: { freeze: () => Promise.resolve({ kind: 'frozen', freeze: {}, stopped }) },
    outsiders: { isOutsiderAtOnce: () => Promise.resolve(false) },
  } as unknown as CommandDeps;
  const card = JSON.stringify(await handleCommand(activity, { kind: 'freeze' }, deps));
  expect(card).toMatch(/Everything is frozen\.[^]*chaos-marshal-a/);
  expect(card).not.toContain('Nothing was running');
});
