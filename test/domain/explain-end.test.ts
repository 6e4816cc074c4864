import { describe, expect, test } from '@jest/globals';
import { explainEnd } from '../../src/domain/explain-end.ts';
import { approver as by } from '../support/proposal.ts';

const end = (why: string) => ({ ending: 'stopped', verdict: null, why, at: 1 }) as const;

describe('why a run ended', () => {
  test.each([
    [{}, undefined],
    [{ end: end('Nobody approved it in time.') }, 'Nobody approved it in time.'],
    [
      { end: end('Rejected: Stopped twice today'), rejection: { by, at: 1 } },
      'Rejected by Alex Approver: Stopped twice today',
    ],
    [
      { end: end('Withdrawn before it was approved.'), stop: { by, at: 1 } },
      'Withdrawn by Alex Approver before it was approved.',
    ],
    [
      { end: end('Stopped.'), stop: { by: { ...by, name: '$& $1 O’Neil' }, at: 1 } },
      'Stopped by $& $1 O’Neil.',
    ],
    // A run that was stopped and ended for another reason: who said stop stands in its timeline.
    [{ end: end('A guard ended the fault.'), stop: { by, at: 1 } }, 'A guard ended the fault.'],
  ])('of %j is %j', (run, why) => {
    expect(explainEnd(run)).toBe(why);
  });
});
