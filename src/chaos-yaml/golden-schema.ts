import { z } from 'zod';
import type { GoldenPrediction } from '../domain/catalogue.ts';
import { quote } from './word-issue.ts';
import { findJsonPathProblem } from '../predictions/json-path.ts';

export const jsonPath = z.string().superRefine((text, context) => {
  if (findJsonPathProblem(text) === undefined) return;
  const message = `${quote(text)} is not a JSONPath such as $.outputs[0].data`;
  context.addIssue({ code: z.ZodIssueCode.custom, message });
});

const deepestInput = 100;

/** Whether lists and maps are nested deeper than some levels. Looks no deeper than that. */
function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((entry) => isDeeperThan(entry, levels - 1));
}

/** A golden prediction as people write it, in chaos.yaml and on each line of a golden file. */
export const goldenShape = z
  .object({
    input: z.unknown().refine((value) => !isDeeperThan(value, deepestInput), {
      message: `is nested more than ${deepestInput} levels deep`,
    }),
    expected: z.array(z.union([z.number().finite(), z.string(), z.boolean()])).nonempty(),
    tolerance: z.number().nonnegative().finite().optional(),
    relativeTolerance: z.number().nonnegative().finite().optional(),
    topK: z.number().int().min(1).max(10_000).optional(),
    path: jsonPath.optional(),
  })
  .strict();

export const golden = goldenShape
  .superRefine((read, context) => {
    for (const { path, message } of findProblems(read))
      context.addIssue({ code: z.ZodIssueCode.custom, path: [path], message });
  })
  .transform((read): GoldenPrediction => {
    const { input, expected, tolerance: absoluteTolerance = 0 } = read;
    const { relativeTolerance, topK, path } = read;
    return {
      input,
      expected,
      absoluteTolerance,
      ...(relativeTolerance === undefined ? {} : { relativeTolerance }),
      ...(topK === undefined ? {} : { topK }),
      ...(path === undefined ? {} : { path }),
    };
  });

function findProblems(read: z.output<typeof goldenShape>): { path: string; message: string }[] {
  const { input, expected, topK } = read;
  const problems: { path: string; message: string }[] = [];
  if (input === undefined) problems.push({ path: 'input', message: 'is missing' });
  const hasTolerance = read.tolerance !== undefined || read.relativeTolerance !== undefined;
  const compares = topK === undefined && expected.some((value) => typeof value === 'number');
  if (compares && !hasTolerance) {
    const message = 'say how far a number may be off; 0 when it must be equal';
    problems.push({ path: 'tolerance', message });
  }
  if (!compares && hasTolerance) {
    problems.push({ path: 'tolerance', message: 'labels are equal or not; leave it out' });
  }
  if (topK !== undefined && topK < expected.length) {
    const message = `${expected.length} labels cannot all be among the ${topK} highest`;
    problems.push({ path: 'topK', message });
  }
  return problems;
}
