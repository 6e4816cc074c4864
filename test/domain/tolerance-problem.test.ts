import { expect, test } from '@jest/globals';
import { findToleranceProblem } from '../../src/domain/tolerance-problem.ts';

test.each([
  ['availability >= 95%', undefined],
  ['correct = 100%', undefined],
  ['p95 ≤ 300ms', undefined],
  ['metric(queue) <= 0', undefined],
  ['availability >= 95', '"availability >= 95": 95 has no % sign; write 95%'],
  ['p95 <= 500', '"p95 <= 500": 500 has no unit; write 500ms'],
  ['availability >= 101%', '"availability >= 101%": 101% is more than 100%'],
  ['availability >= 950%', /950% is more than 100%/],
  ['availability > 95%', /availability is compared by >=; write "availability >= 95%"/],
  ['availability <= 95%', /availability is compared by >=/],
  ['correct = 99%', /correct is compared by >=; write "correct >= 99%"/],
  ['p95 >= 300ms', /p95 is compared by <=; write "p95 <= 300ms"/],
  ['pods ready >= 1.5', /pods are counted in whole numbers/],
  ['pods ready >= 50%', /pods are counted in whole numbers/],
  ['metric(queue) = 3', /a metric is compared by >= or <=/],
  ['avalability >= 95%', /no signal "avalability".*did you mean "availability"\?/],
  ['p90 <= 300ms', /there is no signal "p90" \(availability, correct, p50, p95, p99, pods ready/],
  ['availability >=', /has nothing to compare with/],
  ['availability > lots', /is not a tolerance; write for example/],
  ['metric(queue) >= many', /is not a tolerance/],
  ['metric(queue) >= 95%', /is not a tolerance/],
  ['all is well', /is not a tolerance/],
  ['availability >= 0%', /always holds/],
  ['pods ready >= 0', /always holds/],
  ['p95 <= 0ms', /can never hold/],
])('%s', (text, expected) => {
  const problem = findToleranceProblem(text);
  if (expected instanceof RegExp) expect(problem).toMatch(expected);
  else expect(problem).toBe(expected);
});
