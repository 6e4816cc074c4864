import type { Experiment } from '@azure/arm-chaos';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toExperimentBody } from '../../src/azure/experiment-body.ts';
import { findDrift } from '../../src/azure/experiment-drift.ts';
import { parseIsoDuration } from '../../src/azure/iso-duration.ts';
import { toApprovedRun } from '../../src/domain/approval.ts';
import { faultModes, podActions } from '../../src/domain/fault.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { approver, sampleProposal, sampleProposed, sampleRun } from '../support/proposal.ts';

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);

const overrides: fc.Arbitrary<Partial<Proposal>> = fc.record({
  fault: fc.record({
    action: fc.constantFrom(...podActions),
    mode: fc.constantFrom(...faultModes),
    value: fc.integer({ min: 1, max: 100 }),
    containerNames: fc.array(word, { minLength: 1, maxLength: 3 }),
    durationMs: fc.integer({ min: 10, max: 43_200 }).map((seconds) => seconds * 1_000),
  }),
  service: fc.record({
    ...Object.fromEntries(
      Object.entries(sampleProposal().service).map(([key, value]) => [key, fc.constant(value)]),
    ),
    namespace: word,
    selector: fc.dictionary(word, word, { minKeys: 1, maxKeys: 4 }),
  }) as fc.Arbitrary<Proposal['service']>,
  cluster: fc.option(word, { nil: undefined }).map((identity) => ({
    ...sampleProposal().cluster,
    ...(identity === undefined ? {} : { experimentIdentityId: `/subscriptions/s/id/${identity}` }),
  })),
});

function toBody(change: Partial<Proposal>): Experiment {
  const { digest } = sampleProposed(change);
  const via = { kind: 'card' as const };
  const approved = { type: 'approved', by: approver, memberOf: [], digest, via } as const;
  const run = toApprovedRun(sampleRun([approved], change));
  if (!run) throw new Error('The sample is approved.');
  return toExperimentBody(run);
}

type Inside = { action: Record<string, unknown>; spec: Record<string, unknown> };

/** Changes the only action of a body; `spec` is written back as its parameter. */
function within(body: Experiment, change: (inside: Inside) => void): Experiment {
  const action = body.steps[0]!.branches[0]!.actions[0]! as unknown as Record<string, unknown>;
  const [parameter] = action['parameters'] as { key: string; value: string }[];
  const inside = { action, spec: JSON.parse(parameter!.value) as Record<string, unknown> };
  change(inside);
  parameter!.value = JSON.stringify(inside.spec);
  return body;
}

/** Other ways to write the same duration. */
function toDurations(iso: string): readonly string[] {
  const seconds = (parseIsoDuration(iso) ?? Number.NaN) / 1_000;
  return [
    `PT${seconds}S`,
    `PT${seconds}.000S`,
    `P0DT0H0M${seconds}S`,
    `PT${Math.floor(seconds / 60)}M${seconds % 60}S`,
    `PT${Math.floor(seconds / 3_600)}H${Math.floor((seconds % 3_600) / 60)}M${seconds % 60}S`,
    iso.toLowerCase(),
  ];
}

const flipped = (text: string) => text.toUpperCase();
const selectorOf = (body: Experiment) =>
  body.selectors[0] as unknown as { filter?: unknown; targets: { id: string }[] };

/** What Azure or a policy makes of a body without changing what it does. */
const harmless: Readonly<Record<string, (body: Experiment, pick: number) => unknown>> = {
  'a filter that is null': (body) => (selectorOf(body).filter = null),
  'another way to write the duration': (body, pick) =>
    within(body, ({ action }) => {
      const ways = toDurations(String(action['duration']));
      action['duration'] = ways[pick % ways.length];
    }),
  'tags of a policy': (body) => Object.assign(body.tags!, { costCenter: '4711', Owner: 'x' }),
  'tag names in another case': (body) => {
    body.tags = Object.fromEntries(
      Object.entries(body.tags!).map(([name, value]) => [flipped(name), value]),
    );
  },
  'ids in another case': (body) => {
    for (const target of selectorOf(body).targets) target.id = flipped(target.id);
  },
  'an identity with its principal': (body) =>
    Object.assign(body.identity!, { principalId: 'p', tenantId: 't' }),
  'the specification with its keys in another order': (body) =>
    within(body, (inside) => {
      inside.spec = Object.fromEntries(Object.entries(inside.spec).toReversed());
    }),
};

const other = (value: unknown) => `${String(value)}-other`;

/** What changes who is hit, by what, for how long, or on whose behalf; with the aspect that must be named. */
const harmful: Readonly<Record<string, readonly [string, (body: Experiment) => unknown]>> = {
  'another run': [
    'the run that it was written for',
    (body) => (body.tags = { ...body.tags, 'chaos-marshal-run': 'r-other0' }),
  ],
  'another digest': [
    'the run that it was written for',
    (body) => (body.tags = { ...body.tags, 'chaos-marshal-digest': 'f'.repeat(64) }),
  ],
  'no tags': ['the run that it was written for', (body) => delete body.tags],
  'no identity': ['the identity', (body) => (body.identity = { type: 'None' })],
  'one more identity': [
    'the identity',
    (body) => {
      const { type, userAssignedIdentities } = body.identity!;
      const added = { '/subscriptions/s/id/added-to-it': {} };
      body.identity = { type, userAssignedIdentities: { ...userAssignedIdentities, ...added } };
    },
  ],
  'a filter': [
    'the targets',
    (body) => (selectorOf(body).filter = { type: 'Simple', parameters: { zones: ['1'] } }),
  ],
  'another target': [
    'the targets',
    (body) => (selectorOf(body).targets[0]!.id = other(selectorOf(body).targets[0]!.id)),
  ],
  'one more target': [
    'the targets',
    (body) => selectorOf(body).targets.push({ ...selectorOf(body).targets[0]!, id: '/other' }),
  ],
  'no target': ['the targets', (body) => (selectorOf(body).targets = [])],
  'a query in the place of the list': [
    'the targets',
    (body) => Object.assign(body.selectors[0]!, { type: 'Query' }),
  ],
  'another duration': [
    'the faults',
    (body) => within(body, ({ action }) => (action['duration'] = 'PT11H59M59.5S')),
  ],
  'another fault': [
    'the faults',
    (body) => within(body, ({ action }) => (action['name'] = other(action['name']))),
  ],
  'another selector of the action': [
    'the faults',
    (body) => within(body, ({ action }) => (action['selectorId'] = other(action['selectorId']))),
  ],
  'another action in the specification': [
    'the faults',
    (body) => within(body, ({ spec }) => (spec['action'] = other(spec['action']))),
  ],
  'another mode': [
    'the faults',
    (body) => within(body, ({ spec }) => (spec['mode'] = other(spec['mode']))),
  ],
  'another value': [
    'the faults',
    (body) => within(body, ({ spec }) => (spec['value'] = other(spec['value']))),
  ],
  'another selector in the specification': [
    'the faults',
    (body) =>
      within(body, ({ spec }) => Object.assign(spec['selector']!, { namespaces: ['kube-system'] })),
  ],
  'a label less': [
    'the faults',
    (body) =>
      within(body, ({ spec }) => Object.assign(spec['selector']!, { labelSelectors: undefined })),
  ],
  'no word of the phase of pods': [
    'the faults',
    (body) =>
      within(body, ({ spec }) =>
        Object.assign(spec['selector']!, { podPhaseSelectors: undefined }),
      ),
  ],
  'pods of every phase': [
    'the faults',
    (body) =>
      within(body, ({ spec }) =>
        Object.assign(spec['selector']!, { podPhaseSelectors: ['Running', 'Failed'] }),
      ),
  ],
  'something more in the specification': [
    'the faults',
    (body) => within(body, ({ spec }) => (spec['gracePeriod'] = 0)),
  ],
  'one more action': [
    'the faults',
    (body) => {
      const { actions } = body.steps[0]!.branches[0]!;
      actions.push(structuredClone(actions[0]!));
    },
  ],
  'one more step': ['the faults', (body) => body.steps.push(structuredClone(body.steps[0]!))],
  'a specification that cannot be read': [
    'the faults',
    (body) => {
      const action = body.steps[0]!.branches[0]!.actions[0]!;
      if ('parameters' in action) action.parameters[0]!.value += ',';
    },
  ],
};

const rewritings = fc.tuple(fc.subarray(Object.keys(harmless)), fc.nat({ max: 5 }));

function rewrite(wanted: Experiment, [names, pick]: [string[], number]): Experiment {
  const found = structuredClone(wanted);
  for (const name of names) harmless[name]?.(found, pick);
  return found;
}

describe('the drift of an experiment', () => {
  test('is nothing for whatever Azure and policies rewrite', () => {
    fc.assert(
      fc.property(overrides, rewritings, (change, rewriting) => {
        const wanted = toBody(change);
        expect(findDrift(wanted, rewrite(wanted, rewriting))).toBeUndefined();
      }),
    );
  });

  test.each(Object.keys(harmless))('is nothing for %s alone', (name) => {
    const wanted = toBody({});
    for (let pick = 0; pick < 6; pick += 1)
      expect(findDrift(wanted, rewrite(wanted, [[name], pick]))).toBeUndefined();
  });

  test.each(Object.entries(harmful))('names %s', (_, [aspect, change]) => {
    fc.assert(
      fc.property(overrides, rewritings, (proposed, rewriting) => {
        const wanted = toBody(proposed);
        const found = rewrite(wanted, [
          rewriting[0].filter((name) => name !== 'tag names in another case'),
          rewriting[1],
        ]);
        change(found);
        expect(findDrift(wanted, found)).toBe(aspect);
      }),
      { numRuns: 25 },
    );
  });
});

describe('an ISO 8601 duration', () => {
  test.each<[string, number | undefined]>([
    ['PT1M', 60_000],
    ['PT60S', 60_000],
    ['PT0.5H', 1_800_000],
    ['PT1,5S', 1_500],
    ['P1DT2H', 93_600_000],
    ['P1W', 604_800_000],
    ['P', undefined],
    ['PT', undefined],
    ['P1M', undefined],
    ['P1Y', undefined],
    ['-PT1M', undefined],
    ['1 minute', undefined],
    ['', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(parseIsoDuration(text)).toBe(ms);
  });
});
