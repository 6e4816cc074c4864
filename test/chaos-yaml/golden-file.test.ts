import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readGoldenFile } from '../../src/chaos-yaml/golden-file.ts';
import { findMemberText } from '../../src/chaos-yaml/json-member.ts';

const folder = mkdtempSync(join(tmpdir(), 'golden-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(...lines: string[]) {
  const path = join(folder, 'golden.jsonl');
  writeFileSync(path, lines.join('\r\n'));
  const result = readGoldenFile(path);
  if ('problems' in result) throw new Error(result.problems.join('\n'));
  return result.value;
}

describe('a golden file', () => {
  test.each([
    '{"id": 9007199254740993}',
    '{"value":1.0}',
    '{"b":1,"2":1,"1":1}',
    '[1e2,  "\\u00e9", {"}": "]"}]',
    '12345678901234567890',
    '{"same": 1, "same": 2}',
    '1.0',
  ])('keeps the text of the input %s', (input) => {
    const [golden] = read(` {"expected": [2], "tolerance": 0, "input" : ${input} }`);
    expect(golden?.inputText).toBe(input);
    expect(golden?.input).toEqual(JSON.parse(input));
  });

  test('keeps no text that parsing and writing gives back', () => {
    const [golden] = read('{"input":{"data":[[1,"a"]]},"expected":[2],"tolerance":0}');
    expect(golden).not.toHaveProperty('inputText');
    expect(golden).not.toHaveProperty('expectedText');
  });

  test('keeps the text of expected integers that a number would round', () => {
    const [golden] = read('{"input":1,"expected":[9007199254740993],"tolerance":0}');
    expect(golden?.expectedText).toBe('[9007199254740993]');
  });
});

test('the text of a member is found whatever stands around it', () => {
  const space = fc.constantFrom('', ' ', '\t', '  ');
  const member = fc.tuple(fc.string(), fc.json(), space);
  const property = fc.property(fc.array(member), fc.json(), fc.nat(), (others, value, place) => {
    const members = others
      .filter(([name]) => name !== 'input')
      .map(([name, json, gap]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${json}${gap}`);
    members.splice(place % (members.length + 1), 0, `"input": ${value}`);
    const text = ` {${members.join(',')}} `;
    JSON.parse(text);
    expect(findMemberText(text, 'input')).toBe(value.trim());
    expect(findMemberText(text, 'no member of this name, surely')).toBeUndefined();
  });
  expect(() => fc.assert(property)).not.toThrow();
});
