import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { toCanonicalJson } from '../../src/domain/canonical-json.ts';
import { parseDuration, printDuration, toIsoDuration } from '../../src/domain/duration.ts';
import { parseTolerance, printTolerance, type Tolerance } from '../../src/domain/hypothesis.ts';
import { parseRunId, toRunId } from '../../src/domain/ids.ts';
import { findNearestWord } from '../../src/domain/nearest-word.ts';

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1_500],
  ])('%s is read', (text, durationMs) => expect(parseDuration(text)).toBe(durationMs));

  test.each(['', '5', 's', '5 parsecs', '-5s', '5s5', 'NaNs'])('%p is refused', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test.each([
    [59_400, '59s'],
    [90_000, '90s'],
    [150_000, '2m 30s'],
    [3_600_000, '1h'],
    [5_400_000, '1h 30m'],
    [12, '12ms'],
  ])('%i ms is printed as people say it', (durationMs, text) =>
    expect(printDuration(durationMs)).toBe(text),
  );

  test.each([
    [60_000, 'PT1M'],
    [90_000, 'PT1M30S'],
    [3_600_000, 'PT1H'],
    [45_296_000, 'PT12H34M56S'],
  ])('%i ms is ISO 8601 for Azure', (durationMs, text) =>
    expect(toIsoDuration(durationMs)).toBe(text),
  );
});

describe('tolerances', () => {
  const tolerance: fc.Arbitrary<Tolerance> = fc.oneof(
    fc.record({
      signal: fc.constantFrom('availability' as const, 'correct' as const),
      comparison: fc.constant('>=' as const),
      bound: fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 10_000),
    }),
    fc.record({
      signal: fc.constantFrom('p50' as const, 'p95' as const, 'p99' as const),
      comparison: fc.constant('<=' as const),
      bound: fc.nat(60_000),
    }),
    fc.record({
      signal: fc.constant('pods ready' as const),
      comparison: fc.constant('>=' as const),
      bound: fc.nat(1_000),
    }),
    fc.record({
      signal: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).map((name) => `metric(${name})` as const),
      comparison: fc.constantFrom('<=' as const, '>=' as const),
      bound: fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((bound) => (Object.is(bound, -0) ? 0 : bound)),
    }),
  );

  test('read back as they were printed', () => {
    fc.assert(
      fc.property(tolerance, (given) =>
        expect(parseTolerance(printTolerance(given))).toEqual(given),
      ),
    );
  });

  test.each([
    '',
    'availability',
    'availability >= 120%',
    'availability = 100%',
    'correct = 99%',
    'correct <= 100%',
    'availability <= 99%',
    'p95 >= 300ms',
    'p95 <= fast',
    'pods ready >= 1.5',
    'metric() <= 1',
    'metric(Users!) <= 1',
    'metric(users) = 1',
    'metric(users) <= 99%',
    'metric(users) <= Infinity',
  ])('%p is refused', (text) => expect(parseTolerance(text)).toBeUndefined());

  test('say that every answer is right with an equals sign', () => {
    const all = { signal: 'correct', comparison: '>=', bound: 1 };
    expect(parseTolerance('correct = 100%')).toEqual(all);
    expect(parseTolerance('correct >= 100%')).toEqual(all);
    expect(parseTolerance('correct >= 99.9%')).toMatchObject({ bound: 0.999 });
  });

  test('no text crashes the reading', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseTolerance(text)));
  });
});

describe('run ids', () => {
  test('are read as people type them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
        const id = toRunId(bytes);
        expect(parseRunId(id.toUpperCase())).toBe(id);
        expect(parseRunId(` ${id.slice(2)} `)).toBe(id);
      }),
    );
  });

  test.each(['', 'r-', 'r-12345', 'r-1234567', 'r-il0o00', '../../x'])('%p is none', (text) => {
    expect(parseRunId(text)).toBeUndefined();
  });
});

describe('canonical JSON', () => {
  test('does not depend on the order of keys, and reads back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(toCanonicalJson(reversed)).toBe(toCanonicalJson(value));
        expect(JSON.parse(toCanonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('has no form for what JSON cannot say', () => {
    expect(() => toCanonicalJson({ latencyMs: Number.NaN })).toThrow('finite');
  });
});

describe('the nearest word', () => {
  test.each([
    ['pod-failur', 'pod-failure'],
    ['statsu', 'status'],
    ['zzzz', undefined],
  ])('of %s is %s', (word, nearest) => {
    expect(findNearestWord(word, ['pod-failure', 'pod-kill', 'status', 'stop'])).toBe(nearest);
  });
});
