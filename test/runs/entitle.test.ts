import { describe, expect, test } from '@jest/globals';
import type { Access } from '../../src/domain/access.ts';
import type { ApproverRole } from '../../src/domain/approval-rule.ts';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { ObjectId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import {
  findVisible,
  requireProposer,
  requireReader,
  requireStopper,
} from '../../src/runs/entitle.ts';
import { approver, bystander, proposer, sampleCourse, sampleRun } from '../support/proposal.ts';

const group = '00000000-0000-4000-8000-00000000beef' as ObjectId;
const leads: ApproverRole = { name: 'lead', people: [bystander], groups: [] };
const onCall: ApproverRole = {
  name: 'on-call',
  people: [],
  groups: [{ id: group, name: 'On-call' }],
};

type Policy = { all?: Access; cluster?: Access; experiment?: Access };

/** The directory does not answer when `memberOf` is undefined. */
function deps(
  { all, cluster, experiment }: Policy,
  { memberOf, runs = [] }: { memberOf?: readonly ObjectId[]; runs?: readonly Run[] | 'down' } = {},
) {
  const down = new ChaosError('store-unavailable', 'No.', { suggestion: 'Wait.' });
  const find = () => (runs === 'down' ? Promise.reject(down) : Promise.resolve(runs));
  return {
    catalogue: {
      access: all,
      clusters: [{ name: 'aks', access: cluster }],
      experiments: [{ name: 'pod-failure', access: experiment }],
    } as unknown as Catalogue,
    membership: {
      memberOf: () =>
        memberOf
          ? Promise.resolve(memberOf)
          : Promise.reject(
              new ChaosError('membership-unknown', 'Nobody could say.', { suggestion: 'Wait.' }),
            ),
    },
    roster: { isMember: () => Promise.resolve(true) },
    runs: { find: () => find().then(([run]) => run), list: find } as never,
  };
}

const where = { experiment: 'pod-failure', cluster: 'aks' };
const run = sampleRun(sampleCourse());
const stopAll = (by = bystander) =>
  ({ by, via: { kind: 'command' }, all: true, conversationId: '' }) as const;

describe('who may propose', () => {
  test('is everybody where nothing is said, and the directory is not asked', async () => {
    await expect(requireProposer(proposer, where, deps({}))).resolves.toBeUndefined();
  });

  test('is whoever every rule that applies lets, each narrowing the others', async () => {
    const policy = { all: { propose: [leads, onCall] }, experiment: { propose: [onCall] } };
    const denied = requireProposer(bystander, where, deps(policy, { memberOf: [] }));
    await expect(denied).rejects.toMatchObject({
      code: 'not-entitled',
      suggestion: 'Ask somebody of lead or on-call, and of on-call.',
    });
    await requireProposer(bystander, where, deps(policy, { memberOf: [group] }));
    await requireProposer(
      bystander,
      { ...where, experiment: 'other' },
      deps(policy, { memberOf: [] }),
    );
  });

  test('is nobody whom the directory would have to know while it does not answer', async () => {
    const asked = requireProposer(proposer, where, deps({ cluster: { propose: [onCall] } }));
    await expect(asked).rejects.toMatchObject({ code: 'membership-unknown' });
  });
});

describe('who may read', () => {
  test('sees the runs that they may see, and is told of a named one that they may not', async () => {
    const kept = deps({ experiment: { see: [leads] } });
    const other = sampleRun([], { experiment: 'other' });
    expect(await findVisible(proposer, [run, other], kept)).toEqual([other]);
    expect(await findVisible(bystander, [run, other], kept)).toEqual([run, other]);
    await expect(requireReader(proposer, run, kept)).rejects.toMatchObject({
      code: 'not-entitled',
    });
  });
});

describe('who may stop', () => {
  const policy = { all: { stop: [leads] } };
  const stranger = { ...bystander, id: '99999999-0000-4000-8000-000000000009' as ObjectId };

  test('is whom the rules let, and whoever proposed or approved the run', async () => {
    const kept = deps(policy, { runs: [run] });
    for (const by of [bystander, proposer, approver])
      await expect(requireStopper(stopAll(by), kept)).resolves.toBeUndefined();
    await expect(requireStopper(stopAll(stranger), kept)).rejects.toMatchObject({
      code: 'not-entitled',
    });
  });

  test.each([
    ['the database', { ...policy }, { runs: 'down' as const }],
    ['the directory', { all: { stop: [onCall] } }, { runs: [run] }],
  ])('is everybody while %s does not answer: stop always works', async (_what, rules, state) => {
    await expect(requireStopper(stopAll(stranger), deps(rules, state))).resolves.toBeUndefined();
  });
});
