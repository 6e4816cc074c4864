import { describe, expect, test } from '@jest/globals';
import type { Injection } from '../../src/domain/injection.ts';
import { toInjectionRows } from '../../src/reports/describe-injection-facts.ts';
import { describeFaultSpan } from '../../src/reports/describe-fault-span.ts';
import type { FaultFacts, InjectionFacts } from '../../src/reports/report.ts';

const from = Date.UTC(2026, 0, 5, 9, 0, 0);
const span = { from, until: from + 34_000 };

function toFacts(injection: Partial<Injection>): FaultFacts {
  const whole = { approvedPods: { least: 1, most: 1 }, hit: [], others: [], mismatches: [] };
  const facts = { ...whole, source: 'pods', cutShort: null, carrying: [], ...injection };
  return { injection: facts as unknown as InjectionFacts, seen: null } as unknown as FaultFacts;
}

describe('how long a fault lasted', () => {
  test('is one length where pods carried it for as long as its executor says', () => {
    expect(describeFaultSpan(span, toFacts({}))).toBe('lasted 34s, from 09:00:00 to 09:00:34 UTC');
    const mismatches = [{ code: 'too-short', lastedMs: 33_000, askedMs: 60_000 }] as const;
    expect(describeFaultSpan(span, toFacts({ mismatches }))).toMatch(/^lasted 34s, from/);
  });

  test('is two where pods were rid of it long before', () => {
    const mismatches = [{ code: 'too-short', lastedMs: 7_200, askedMs: 30_000 }] as const;
    const hit = [{ pod: 'a', from, until: from + 7_200 }];
    expect(describeFaultSpan(span, toFacts({ mismatches, hit }))).toBe(
      "lasted 34s in Azure's record, from 09:00:00 to 09:00:34 UTC, but pods carried it for 7.2s",
    );
  });

  test('is not that of the executor where pods carried it for longer, or one of them did', () => {
    const toHit = (pod: string, ms: number) => ({ pod, from, until: from + ms });
    // Cancelled in Azure after 16 s; Chaos Mesh took until 34 s to remove it.
    const cancelled = [{ code: 'too-short', lastedMs: 16_000, askedMs: 60_000 }] as const;
    const late = toFacts({ mismatches: cancelled, hit: [toHit('a', 34_000)] });
    expect(describeFaultSpan(span, late)).toMatch(/^lasted 34s, from .* UTC$/);
    const short = [{ code: 'too-short', lastedMs: 7_200, askedMs: 60_000 }] as const;
    const one = toFacts({ mismatches: short, hit: [toHit('a', 7_200), toHit('b', 34_000)] });
    expect(describeFaultSpan(span, one)).toMatch(/^lasted 34s, from .* UTC$/);
  });
});

test('a pod that was rid of the fault while nobody looked is said to be so', () => {
  const hit = [{ pod: 'a', from, until: from + 79_000, goneNotBefore: from + 20_000 }];
  const rows = toInjectionRows(toFacts({ hit }));
  expect(rows.find(({ name }) => name === 'Pods hit')?.actual).toBe(
    '1: a (09:00:00 to between 09:00:20 and 09:01:19)',
  );
});
