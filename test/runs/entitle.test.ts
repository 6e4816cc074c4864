import { describe, expect, test } from '@jest/globals';
import type { Access } from '../../src/domain/access.ts';
import type { ApproverRole } from '../../src/domain/approval-rule.ts';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { ObjectId, RunId } from '../../src/domain/ids.ts';
import {
  findVisible,
  requireProposer,
  requireReader,
  createStopJudge,
  sortVisible,
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
  { memberOf }: { memberOf?: readonly ObjectId[] } = {},
) {
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
  };
}

const where = { experiment: 'pod-failure', cluster: 'aks' };
const run = sampleRun(sampleCourse());
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
      message: `You don't have permission to see ${run.id}.`,
    });
  });
});

describe('who may stop', () => {
  const stranger = { ...bystander, id: '99999999-0000-4000-8000-000000000009' as ObjectId };

  test('is whom the rules let, and whoever proposed or approved the run', async () => {
    const kept = deps({ all: { stop: [leads] } });
    for (const by of [bystander, proposer, approver])
      expect(await createStopJudge(by, kept)(run)).toBe('allowed');
    expect(await createStopJudge(stranger, kept)(run)).toEqual({ scope: 'all', roles: ['lead'] });
  });

  test('is found without the directory for whoever proposed or approved the run', async () => {
    const silent = {
      ...deps({ all: { stop: [onCall] } }),
      membership: { memberOf: () => new Promise<never>(() => undefined) },
    };
    for (const by of [proposer, approver])
      expect(await createStopJudge(by, silent)(run)).toBe('allowed');
  });

  test('names the narrowest rule that was broken', async () => {
    const kept = deps({ experiment: { stop: [onCall, leads] } }, { memberOf: [] });
    const expected = { scope: 'experiment', roles: ['on-call', 'lead'] };
    expect(await createStopJudge(stranger, kept)(run)).toEqual(expected);
  });

  test('cannot be told while the directory does not answer', async () => {
    const kept = deps({ all: { stop: [onCall] } });
    expect(await createStopJudge(stranger, kept)(run)).toBe('unknown');
  });
});

describe('titles of runs', () => {
  test('are kept from those who may not see them, and from nobody who proposed or approved', async () => {
    const kept = deps({ experiment: { see: [leads] } });
    const other = { ...sampleRun([], { experiment: 'other' }), id: 'r-other' as RunId };
    const stranger = { ...bystander, id: '99999999-0000-4000-8000-000000000009' as ObjectId };
    expect(await sortVisible(stranger, [run, other], kept)).toEqual({
      runs: [other],
      hidden: [run.id],
    });
    expect(await sortVisible(proposer, [run, other], kept)).toEqual({
      runs: [run, other],
      hidden: [],
    });
  });

  test('are kept while the directory refuses or hangs', async () => {
    const refused = deps({ all: { see: [onCall] } });
    const hanging = { ...refused, membership: { memberOf: () => new Promise<never>(() => {}) } };
    for (const one of [refused, hanging])
      expect(await sortVisible(bystander, [run], one)).toEqual({ runs: [], hidden: [run.id] });
  });
});
