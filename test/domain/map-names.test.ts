import { expect, test } from '@jest/globals';
import type { RunId } from '../../src/domain/ids.ts';
import { mapNames, mapRunNames } from '../../src/domain/map-names.ts';
import type { Approver } from '../../src/domain/person.ts';
import type { RunEntry, RunEvent } from '../../src/domain/run-event.ts';
import { foldRun } from '../../src/domain/run.ts';
import {
  approver,
  bystander,
  proposer,
  sampleCourse,
  sampleProposed,
} from '../support/proposal.ts';

const via = { kind: 'card' } as const;
const course = sampleCourse();
const upToRecovery = course.slice(0, course.findIndex(({ type }) => type === 'fault-ended') + 1);
const courses: readonly (readonly RunEvent[])[] = [
  [
    sampleProposed(),
    ...sampleCourse(),
    { type: 'stop-requested', by: bystander, via },
    { type: 'stop-disallowed', by: bystander, roles: ['owner'] } as unknown as RunEvent,
  ],
  [
    sampleProposed(),
    ...upToRecovery,
    { type: 'stop-came-late', by: bystander, via: { kind: 'command' } },
  ],
  [sampleProposed(), { type: 'rejected', by: approver, via }],
];

test.each(courses.map((events) => [events.at(-1)?.type, events] as const))(
  'names stand at the same places in a run as in its events (up to %s)',
  (_last, events) => {
    const toName = ({ id }: Approver) => `<${id}>`;
    const toEntry = (event: RunEvent, index: number): RunEntry => ({
      runId: 'r-7k2mq4' as RunId,
      sequence: index + 1,
      at: index,
      event,
    });
    const named = foldRun(events.map(toEntry));
    const mapped = foldRun(events.map((event) => mapNames(event, toName)).map(toEntry));
    expect(mapRunNames(named, toName)).toEqual(mapped);
    for (const { name } of [approver, bystander, proposer])
      expect(JSON.stringify(mapped)).not.toContain(name);
  },
);
