import { expect, test } from '@jest/globals';
import { describeSpending } from '../../src/domain/describe-lost.ts';
import type { Spending } from '../../src/domain/spending.ts';

const parts = [
  { name: 'fault', lost: 69, sent: 610 },
  { name: 'waiting', lost: 0, sent: 56 },
] as const;
const say = (until: 'recovery' | 'end', more: Spending['parts'] = []) =>
  describeSpending({
    lost: 69,
    sent: 666,
    ms: 6_900,
    span: { from: 'start-request', until },
    parts: [...parts, ...more],
  });

test('the part until predictions were good again ends with the recovery', () => {
  expect(say('recovery')).toContain(
    'from the start request to recovery (69 of 610 during the fault, 0 of 56 from its end to recovery)',
  );
});

test('a rehearsal has no fault during which anything failed', () => {
  const span = { from: 'start-request', until: 'recovery', rehearsed: true } as const;
  expect(describeSpending({ lost: 69, sent: 666, ms: 6_900, span, parts })).toContain(
    'failed from the beginning of the rehearsal to recovery (69 of 610 in the rehearsal, 0 of 56',
  );
});

test('where they failed in the last measurement, nothing recovered before that', () => {
  const text = say('end', [{ name: 'after', lost: 35, sent: 199 }]);
  expect(text).toContain(
    '(69 of 610 during the fault, 0 of 56 from its end to the last measurement, 35 of 199 in the last measurement)',
  );
  expect(text).not.toContain('recovery');
});
