import { expect, test } from '@jest/globals';
import type { Catalogue } from '../../src/domain/catalogue.ts';
import type { Freeze } from '../../src/domain/freeze.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { ExperimentIdentity } from '../../src/runs/ports/fault-gateway.ts';
import { prepareExperimentIdentity, type PrepareDeps } from '../../src/runs/prepare-identity.ts';
import {
  approver,
  proposer,
  sampleCourse,
  sampleProposal,
  sampleRule,
  sampleRun,
} from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

const sample = sampleProposal();
const catalogue: Catalogue = {
  clusters: [sample.cluster],
  services: [sample.service],
  experiments: [{ ...sample, service: sample.service.name, name: 'pod-failure' }],
  approvals: { rule: sampleRule([approver]), expiresAfterMs: 60_000, remindBeforeMs: 1_000 },
  limits: { protectedNamespaces: [] },
  conditions: { whenBusy: 'refuse', checks: [] },
};
const identity: ExperimentIdentity = {
  experimentName: 'chaos-marshal-pod-failure-diabetes',
  kind: 'system-assigned',
  created: true,
  principalId: 'd1f0c7a2-0000-4000-8000-00000000c0de',
  grants: ['az role assignment create'],
};

type Given = {
  readonly access?: Catalogue['access'];
  readonly frozen?: Freeze;
  readonly active?: readonly ReturnType<typeof sampleRun>[];
};

function prepare({ access, frozen, active = [] }: Given = {}, experiment = 'pod-failure') {
  const asked: unknown[] = [];
  const logged: object[] = [];
  const stage = new Stage().deps();
  const unused = () => Promise.reject(new Error('not part of preparing'));
  const deps: PrepareDeps = {
    catalogue: { ...catalogue, ...(access ? { access } : {}) },
    runs: { ...stage.runs, list: () => Promise.resolve(active) },
    freezes: {
      current: () => Promise.resolve(frozen),
      freeze: unused,
      freezeLate: () => Promise.reject(new Error('unused')),
      unfreeze: unused,
    },
    faults: {
      ...stage.faults,
      prepareIdentity: (plan) => {
        asked.push(plan);
        return Promise.resolve(identity);
      },
    },
    membership: { memberOf: () => Promise.resolve([]) },
    roster: { isMember: () => Promise.resolve(true) },
    log: { ...stage.log, info: (fields) => void logged.push(fields) },
  };
  return {
    asked,
    logged,
    outcome: prepareExperimentIdentity({ experiment, by: proposer }, deps),
  };
}

test('preparing asks Azure for the experiment of the template, and logs who asked', async () => {
  const { asked, logged, outcome } = prepare();
  expect(await outcome).toBe(identity);
  expect(asked).toEqual([
    {
      experiment: 'pod-failure',
      service: sample.service,
      cluster: sample.cluster,
      by: proposer.id,
    },
  ]);
  expect(logged).toEqual([
    expect.objectContaining({ by: proposer.id, principalId: identity.principalId, created: true }),
  ]);
});

test('preparing is for those who may propose', async () => {
  const propose = sampleRule([approver]).roles;
  const { asked, outcome } = prepare({ access: { propose } });
  await expect(outcome).rejects.toMatchObject({ code: 'not-entitled' });
  expect(asked).toEqual([]);
});

test('preparing is refused while everything is frozen', async () => {
  const { asked, outcome } = prepare({ frozen: { at: 0, by: { name: 'Pager' } } });
  await expect(outcome).rejects.toMatchObject({ code: 'frozen' });
  expect(asked).toEqual([]);
});

test('preparing is refused while a run of the experiment is conducted', async () => {
  const active = [{ ...sampleRun(sampleCourse().slice(0, 3)), id: 'r-aaaaaa' as RunId }];
  const { asked, outcome } = prepare({ active });
  await expect(outcome).rejects.toMatchObject({ code: 'run-active' });
  expect(asked).toEqual([]);
});

test('preparing an experiment that chaos.yaml does not have says which ones it has', async () => {
  const { outcome } = prepare({}, 'pod-failur');
  await expect(outcome).rejects.toMatchObject({ code: 'experiment-unknown' });
});
