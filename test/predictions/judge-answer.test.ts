import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import type { GoldenPrediction, ModelVersion } from '../../src/domain/catalogue.ts';
import { judgeAnswer } from '../../src/predictions/judge-answer.ts';

const number: GoldenPrediction = { input: {}, expected: [2], absoluteTolerance: 0.01 };
const label: GoldenPrediction = { input: {}, expected: ['cat'], absoluteTolerance: 0 };

function judge(body: string, golden: GoldenPrediction, status = 200) {
  return judgeAnswer({ status, body, headers: {} }, { golden });
}

describe('an answer of numbers', () => {
  test.each(['[2]', '[2.01]', '"[1.995]"', '{"result": [2]}', '{"predictions": [2]}', '2'])(
    '%s is good',
    (body) => {
      expect(judge(body, number)).toBe('good');
    },
  );

  test.each([
    ['[2.02]', 'drifted'],
    ['["cat"]', 'wrong'],
    ['[null]', 'wrong'],
    ['[[2]]', 'wrong'],
    ['[2, 2]', 'malformed'],
    ['[]', 'malformed'],
    ['null', 'malformed'],
    ['"could not convert string to float"', 'malformed'],
    ['{"result": "no attribute predict"}', 'malformed'],
    ['Internal error', 'malformed'],
  ])('%s is %s', (body, kind) => {
    expect(judge(body, number)).toBe(kind);
  });

  test('is good within the absolute and the relative tolerance together, else it has drifted', () => {
    const property = fc.property(
      fc.double({ min: -1_000, max: 1_000, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 0.5, noNaN: true }),
      fc.double({ min: -2, max: 2, noNaN: true }),
      (expected, absoluteTolerance, relativeTolerance, off) => {
        const most = absoluteTolerance + relativeTolerance * Math.abs(expected);
        const answered = expected + off * most;
        const golden = { input: {}, expected: [expected], absoluteTolerance, relativeTolerance };
        const right = Math.abs(expected - answered) <= most;
        expect(judge(JSON.stringify([answered]), golden)).toBe(right ? 'good' : 'drifted');
      },
    );
    expect(() => fc.assert(property)).not.toThrow();
  });

  test('never crashes the judgement, whatever it says', () => {
    const goldens = [
      number,
      label,
      { ...label, topK: 2 },
      { ...number, path: '$.a[*]' },
      { ...number, path: '$..b' },
    ];
    const property = fc.property(
      fc.oneof(fc.string(), fc.json()),
      fc.integer({ min: 100, max: 599 }),
      fc.constantFrom(...goldens),
      (body, status, golden) => {
        if (judge(body, golden, status) === 'good') expect(status).toBeLessThan(300);
      },
    );
    expect(() => fc.assert(property, { numRuns: 500 })).not.toThrow();
  });
});

describe('an answer of labels', () => {
  test.each([
    ['["cat"]', 'good'],
    ['"cat"', 'good'],
    ['["dog"]', 'wrong'],
    ['[1]', 'wrong'],
    ['["cat", "dog"]', 'malformed'],
  ])('%s is %s', (body, kind) => {
    expect(judge(body, label)).toBe(kind);
  });

  test.each([
    ['["dog", "cat", "fox"]', 'good'],
    ['["dog", "fox", "cat"]', 'wrong'],
    ['[{"label": "fox", "score": 0.2}, {"label": "cat", "score": 0.7}]', 'good'],
    ['[[{"class": "cat", "probability": 0.1}, {"class": "dog", "probability": 0.9}]]', 'good'],
    ['{"cat": 0.1, "dog": 0.5, "fox": 0.4}', 'wrong'],
    ['{"result": {"cat": 0.3, "dog": 0.5, "fox": 0.2}}', 'good'],
    ['"CUDA out of memory"', 'malformed'],
    ['{"message": "CUDA out of memory"}', 'malformed'],
    ['[]', 'malformed'],
  ])('%s with cat to be among the two highest is %s', (body, kind) => {
    expect(judge(body, { ...label, topK: 2 })).toBe(kind);
  });

  test('may be scores by class, whose labels are their places', () => {
    const third = { input: {}, expected: [2], absoluteTolerance: 0, topK: 1 };
    expect(judge('[[0.1, 0.2, 0.7]]', third)).toBe('good');
    expect(judge('[[0.7, 0.2, 0.1]]', third)).toBe('wrong');
  });
});

describe('an answer of integers that a number would round', () => {
  const exact = {
    input: {},
    // As it is when it was parsed.
    expected: [2 ** 53],
    expectedText: '[9007199254740993]',
    absoluteTolerance: 0,
  } as const satisfies GoldenPrediction;

  test.each([
    ['[9007199254740993]', 'good'],
    ['[9007199254740992]', 'drifted'],
    ['[9007199254740994]', 'drifted'],
    ['9007199254740993', 'good'],
    ['"[9007199254740993]"', 'good'],
    ['["9007199254740993"]', 'wrong'],
    ['[2.5]', 'drifted'],
  ])('%s is %s', (body, kind) => {
    expect(judge(body, exact)).toBe(kind);
  });

  test('has labels that are equal or not, digit for digit', () => {
    const ranked = { ...exact, topK: 1 };
    expect(judge('[{"label": 9007199254740993, "score": 1}]', ranked)).toBe('good');
    expect(judge('[{"label": 9007199254740992, "score": 1}]', ranked)).toBe('wrong');
    const text = { ...label, expected: ['9007199254740993'] } as const;
    expect(judge('["9007199254740993"]', text)).toBe('good');
    expect(judge('["9007199254740992"]', text)).toBe('wrong');
    expect(judge('["9007199254740993.0"]', text)).toBe('wrong');
  });

  test('is within a tolerance by its exact distance', () => {
    expect(judge('[9007199254740995]', { ...exact, absoluteTolerance: 2 })).toBe('good');
    expect(judge('[9007199254740996]', { ...exact, absoluteTolerance: 2 })).toBe('drifted');
  });

  test('tells a version of the model digit for digit', () => {
    const modelVersion = { expected: '9007199254740993', path: '$.version' };
    const tell = (version: string) =>
      judgeAnswer(
        { status: 200, body: `{"result": [2], "version": ${version}}`, headers: {} },
        { golden: number, modelVersion },
      );
    expect(tell('9007199254740993')).toBe('good');
    expect(tell('9007199254740992')).toBe('stale');
  });
});

describe('an answer with a path to its values', () => {
  test.each([
    ['$.outputs[0].data', '{"outputs": [{"data": [2]}]}', 'good'],
    ['$.outputs[*].value', '{"outputs": [{"value": 2.5}]}', 'drifted'],
    ['$.outputs[0].data', '{"outputs": []}', 'malformed'],
    ['$.value', '{"value": "could not convert"}', 'malformed'],
  ])('%s in %s is %s', (path, body, kind) => {
    expect(judge(body, { ...number, path })).toBe(kind);
  });
});

describe('an answer that must come of a version of the model', () => {
  const byHeader: ModelVersion = { expected: '7', header: 'X-Model-Version' };
  const byPath: ModelVersion = { expected: '7', path: '$.model.version' };
  const judgeVersion = (modelVersion: ModelVersion, body: string, version?: string) =>
    judgeAnswer(
      { status: 200, body, headers: version === undefined ? {} : { 'x-model-version': version } },
      { golden: number, modelVersion },
    );

  test('is stale when the header tells another one or none', () => {
    expect(judgeVersion(byHeader, '[2]', '7')).toBe('good');
    expect(judgeVersion(byHeader, '[2]', '6')).toBe('stale');
    expect(judgeVersion(byHeader, '[2]')).toBe('stale');
  });

  test('is stale when the path tells another one, whether it is right or not', () => {
    const answer = (version: unknown, value: number) =>
      JSON.stringify({ result: [value], model: { version } });
    expect(judgeVersion(byPath, answer(7, 2))).toBe('good');
    expect(judgeVersion(byPath, answer('6', 2))).toBe('stale');
    expect(judgeVersion(byPath, answer('6', 3))).toBe('stale');
    expect(judgeVersion(byPath, answer('7', 3))).toBe('drifted');
  });

  test('is malformed first when it is an exception', () => {
    expect(judgeVersion(byHeader, '"no attribute predict"')).toBe('malformed');
  });
});
