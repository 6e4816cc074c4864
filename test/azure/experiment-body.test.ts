import { describe, expect, test } from '@jest/globals';
import { toApprovedRun } from '../../src/domain/approval.ts';
import type { PodFault } from '../../src/domain/fault.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { toExperimentBody } from '../../src/azure/experiment-body.ts';
import { findDrift } from '../../src/azure/experiment-drift.ts';
import { toExperimentName } from '../../src/azure/experiment-name.ts';
import {
  approver,
  sampleProposal,
  sampleProposed,
  sampleRun,
  sha256,
} from '../support/proposal.ts';

function approvedRun(overrides: Partial<Proposal> = {}) {
  const { digest } = sampleProposed(overrides);
  const via = { kind: 'card' as const };
  const run = toApprovedRun(
    sampleRun([{ type: 'approved', by: approver, memberOf: [], digest, via }], overrides),
  );
  if (!run) throw new Error('The sample is approved.');
  return run;
}

const bodyOf = (overrides: Partial<Proposal> = {}) => toExperimentBody(approvedRun(overrides));

function specOf(fault: PodFault): unknown {
  const action = bodyOf({ fault }).steps[0]?.branches[0]?.actions[0];
  const parameters = action && 'parameters' in action ? action.parameters : [];
  expect(parameters.map(({ key }) => key)).toEqual(['jsonSpec']);
  return JSON.parse(parameters[0]?.value ?? '');
}

describe('the body of an experiment', () => {
  test('has one step with one branch with one continuous pod fault on the cluster', () => {
    const { steps, selectors, location, identity } = bodyOf();
    expect(steps).toMatchObject([
      {
        branches: [
          {
            actions: [
              {
                type: 'continuous',
                name: 'urn:csci:microsoft:azureKubernetesServiceChaosMesh:podChaos/2.2',
                duration: 'PT1M',
                selectorId: 'cluster',
              },
            ],
          },
        ],
      },
    ]);
    const { cluster } = sampleProposal();
    expect(selectors).toEqual([
      {
        type: 'List',
        id: 'cluster',
        targets: [
          {
            type: 'ChaosTarget',
            id: `${cluster.resourceId}/providers/Microsoft.Chaos/targets/Microsoft-AzureKubernetesServiceChaosMesh`,
          },
        ],
      },
    ]);
    expect(location).toBe('westeurope');
    expect(identity).toEqual({ type: 'SystemAssigned' });
  });

  test('hits the running pods of the service and no others', () => {
    expect(specOf({ action: 'pod-failure', mode: 'one', durationMs: 60_000 })).toEqual({
      action: 'pod-failure',
      mode: 'one',
      selector: {
        namespaces: ['default'],
        labelSelectors: { app: 'diabetes' },
        podPhaseSelectors: ['Running'],
      },
    });
  });

  test('writes the value as a string, as Chaos Mesh wants it', () => {
    expect(
      specOf({ action: 'pod-kill', mode: 'fixed-percent', value: 50, durationMs: 60_000 }),
    ).toMatchObject({ mode: 'fixed-percent', value: '50' });
  });

  test('names the containers of a container-kill', () => {
    expect(
      specOf({
        action: 'container-kill',
        mode: 'all',
        containerNames: ['scoring'],
        durationMs: 60_000,
      }),
    ).toMatchObject({ action: 'container-kill', containerNames: ['scoring'] });
  });

  test('takes the identity that the cluster names', () => {
    const id = '/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/x/y';
    const cluster = { ...sampleProposal().cluster, experimentIdentityId: id };
    expect(bodyOf({ cluster }).identity).toEqual({
      type: 'UserAssigned',
      userAssignedIdentities: { [id]: {} },
    });
  });

  test('is bound to its run and digest by tags', () => {
    const run = approvedRun();
    expect(toExperimentBody(run, 'BEFORE').tags).toEqual({
      product: 'Chaos Marshal',
      'chaos-marshal-run': run.id,
      'chaos-marshal-digest': run.digest,
      'chaos-marshal-execution-before': 'BEFORE',
    });
  });
});

describe('drift', () => {
  const wanted = bodyOf();

  test('is not what Azure adds, nor another case of ids, nor other white space in the specification', () => {
    const found = structuredClone(wanted);
    found.selectors[0]!['targets'][0].id = found.selectors[0]!['targets'][0].id.toUpperCase();
    const action = found.steps[0]!.branches[0]!.actions[0]!;
    if (!('parameters' in action)) throw new Error('The sample action has parameters.');
    action.parameters[0]!.value = JSON.stringify(
      JSON.parse(action.parameters[0]!.value),
      undefined,
      2,
    );
    found.identity = { ...found.identity!, principalId: 'p', tenantId: 't' };
    found.tags = { ...found.tags, 'somebody-else': 'adds a tag' };
    expect(findDrift(wanted, found)).toBeUndefined();
  });

  test.each<[what: string, overrides: Partial<Proposal>]>([
    ['the run that it was written for', { title: 'Another proposal' }],
    [
      'the targets',
      { cluster: { ...sampleProposal().cluster, resourceId: '/subscriptions/other' } },
    ],
    ['the faults', { fault: { action: 'pod-kill', mode: 'one', durationMs: 60_000 } }],
    ['the faults', { fault: { action: 'pod-failure', mode: 'all', durationMs: 60_000 } }],
    ['the faults', { fault: { action: 'pod-failure', mode: 'one', durationMs: 61_000 } }],
  ])('is named: %s', (what, overrides) => {
    const tags = what === 'the run that it was written for' ? {} : { tags: wanted.tags! };
    expect(findDrift(wanted, { ...bodyOf(overrides), ...tags })).toBe(what);
  });

  test('is another identity', () => {
    expect(findDrift(wanted, { ...wanted, identity: { type: 'None' } })).toBe('the identity');
  });
});

describe('the name of an experiment', () => {
  const nameOf = (experiment: string, service: string) =>
    toExperimentName(
      { experiment, service: { ...sampleProposal().service, name: service } },
      sha256,
    );

  test('is the same for every run of a template', () => {
    expect(nameOf('pod-failure', 'diabetes')).toBe('chaos-marshal-pod-failure-diabetes');
  });

  test('fits into what Azure allows, and stays apart from what it was bent into', () => {
    const names = ['Größe 50%', 'gr-e-50-', 'x'.repeat(80), 'x'.repeat(81)].map((experiment) =>
      nameOf(experiment, 'diabetes'),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,64}$/);
  });
});
