import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'golden-'));
});
afterAll(() => rm(folder, { recursive: true }));

const environment = {
  BOT_AUTH: 'off',
  AZURE_SUBSCRIPTION_ID: '5b1c0000-0000-4000-8000-000000000001',
  AZURE_RESOURCE_GROUP: 'chaos',
  SCORING_URI: 'http://127.0.0.1:1/score',
  SCORING_KEY: 'sesame',
};

/** The configuration with the shipped chaos.yaml, its golden predictions replaced by `golden`, a YAML text for the scoring section. */
async function load(golden: string, lines: readonly string[] = []) {
  const shipped = await readFile('chaos.yaml', 'utf8');
  const inline = / {6}golden:\n[^]*?(?=\nexperiments:)/;
  await writeFile(join(folder, 'chaos.yaml'), shipped.replace(inline, `${golden}\n`));
  await writeFile(join(folder, 'golden.jsonl'), lines.join('\n'));
  return loadConfig({ ...environment, CHAOS_CONFIG: join(folder, 'chaos.yaml') });
}

const fromFile = '      goldenFile: golden.jsonl';
const inline = (fields: string) => `      golden: [{ input: {}, ${fields} }]`;

describe('a golden file', () => {
  test('gives the golden predictions, in their order', async () => {
    const { catalogue } = await load(fromFile, [
      '{"input": {"data": [[1]]}, "expected": [2], "relativeTolerance": 0.1}',
      '',
      '{"input": "text", "expected": ["cat"], "topK": 3, "path": "$.labels"}',
    ]);
    expect(catalogue.services[0]?.scoring.golden).toEqual([
      {
        input: { data: [[1]] },
        inputText: '{"data": [[1]]}',
        expected: [2],
        absoluteTolerance: 0,
        relativeTolerance: 0.1,
      },
      { input: 'text', expected: ['cat'], absoluteTolerance: 0, topK: 3, path: '$.labels' },
    ]);
  });

  test('is complained of with its name and the line, all at once', async () => {
    const lines = [
      '{"input": 1, "expected": [2], "tolerance": 0}',
      '{"input": 1, "expected": [2]}',
      'not JSON',
      '{"input": 1, "expected": [2], "tolerance": 0, "path": "$["}',
    ];
    const problem = load(fromFile, lines);
    await expect(problem).rejects.toThrow(/golden\.jsonl:2: tolerance: say how far/);
    await expect(problem).rejects.toThrow(/golden\.jsonl:3: is not JSON/);
    await expect(problem).rejects.toThrow(/golden\.jsonl:4: path: .*is not a JSONPath/);
  });

  test('is complained of in our own words', async () => {
    const lines = [
      '{"input": 1, "expected": [2], "tolerance": "0.1"}',
      '{"input": 1, "expected": [], "tolerance": 0}',
      '{"input": 1, "tolerance": 0}',
      '{"input": 1, "expected": [2], "tolerence": 0}',
      '[1]',
      '{"expected": ["cat"]}',
      `{"input": ${'['.repeat(20_000)}${']'.repeat(20_000)}, "expected": ["cat"]}`,
    ];
    const problem = await load(fromFile, lines).catch((error: unknown) => error);
    const said = (problem as Error).message;
    for (const line of [
      'golden.jsonl:1: tolerance: must be a number, not text',
      'golden.jsonl:2: expected: must have at least 1 entry',
      'golden.jsonl:3: expected: is missing',
      'golden.jsonl:4: tolerence: unknown key; did you mean "tolerance"?',
      'golden.jsonl:5: must be a map of keys, not a list',
      'golden.jsonl:6: input: is missing',
      'golden.jsonl:7: input: is nested more than 100 levels deep',
    ])
      expect(said).toContain(line);
    expect(said).not.toMatch(/Expected|Required|received|Unrecognized/);
  });

  test('must hold something, and not too much', async () => {
    await expect(load(fromFile)).rejects.toThrow('golden.jsonl:1: holds no golden prediction');
    const large = [JSON.stringify({ input: 'x'.repeat(1_048_576), expected: ['a'] })];
    await expect(load(fromFile, large)).rejects.toThrow(/golden\.jsonl:1: has \d+ bytes/);
    await expect(load('      goldenFile: none.jsonl')).rejects.toThrow(
      /none\.jsonl:1: cannot be read/,
    );
  });
});

describe('golden predictions', () => {
  test.each([
    ['expected: [2], tolerance: 0.1, path: "$.a[0]"', undefined],
    ['expected: [cat]', undefined],
    ['expected: [3], topK: 5', undefined],
    ['expected: [2]', /chaos\.yaml:\d+: .*tolerance: say how far/],
    ['expected: [cat], tolerance: 1', /tolerance: labels are equal or not/],
    ['expected: [a, b], topK: 1', /topK: 2 labels cannot all be among the 1 highest/],
    ['expected: [2], tolerence: 1', /did you mean "tolerance"/],
  ])('with %s', async (fields, problem) => {
    const loading = load(inline(fields)).then(() => undefined);
    if (problem) await expect(loading).rejects.toThrow(problem);
    else await expect(loading).resolves.toBeUndefined();
  });

  test('stand in one place', async () => {
    await expect(load(`${inline('expected: [cat]')}\n${fromFile}`)).rejects.toThrow(
      'in golden or in a goldenFile',
    );
    await expect(load('')).rejects.toThrow('in golden or in a goldenFile');
  });
});

describe('how a service is asked', () => {
  const scoringWith = async (...lines: readonly string[]) => {
    const text = lines.map((line) => `      ${line}`).join('\n');
    const { catalogue } = await load(`${inline('expected: [cat]')}\n${text}`);
    return catalogue.services[0]?.scoring;
  };

  test('is, without more said: evenly, mostly over fresh connections, with the name of the pod', async () => {
    expect(await scoringWith()).toEqual({
      uri: 'http://127.0.0.1:1/score',
      ratePerSecond: 10,
      timeoutMs: 1_000,
      golden: [{ input: {}, expected: ['cat'], absoluteTolerance: 0 }],
      keptAliveShare: 0.1,
      podHeader: 'azureml-served-by-instance',
      http2: true,
    });
  });

  test('can be said', async () => {
    const scoring = await scoringWith(
      'arrivals: poisson',
      'seed: 7',
      'keptAlive: 0%',
      'http2: false',
      'headers: { azureml-model-deployment: blue }',
      'modelVersion: { expected: "7", path: $.version }',
    );
    expect(scoring).toMatchObject({
      arrivals: { kind: 'poisson', seed: 7 },
      keptAliveShare: 0,
      http2: false,
      headers: { 'azureml-model-deployment': 'blue' },
      modelVersion: { expected: '7', path: '$.version' },
    });
  });

  test('must not show secrets, and must not be contradictory', async () => {
    await expect(scoringWith('headers: { x-api-key: s3cr3t }')).rejects.toThrow(
      /headers\.x-api-key: looks like a secret/,
    );
    await expect(scoringWith('headers: { Host: here }')).rejects.toThrow('set by the bot itself');
    await expect(scoringWith('headers: { "a b": c }')).rejects.toThrow('not the name of a header');
    await expect(scoringWith('auth: entra')).rejects.toThrow('a key or a token of Entra');
    await expect(scoringWith('modelVersion: { expected: "7" }')).rejects.toThrow(
      'either the header or the path',
    );
  });

  test('may be with tokens of Entra, by default those of Azure Machine Learning', async () => {
    const shipped = await readFile('chaos.yaml', 'utf8');
    const text = shipped.replace('key: ${SCORING_KEY}', 'auth: entra');
    await writeFile(join(folder, 'entra.yaml'), text);
    const { catalogue } = loadConfig({ ...environment, CHAOS_CONFIG: join(folder, 'entra.yaml') });
    expect(catalogue.services[0]?.scoring.entraScope).toBe('https://ml.azure.com/.default');
  });
});
