import { z } from 'zod';

const names = z.array(z.string());
const pairs = z.record(z.string());

const selector = z.object({
  namespaces: names.optional(),
  labelSelectors: pairs.optional(),
  annotationSelectors: pairs.optional(),
  fieldSelectors: pairs.optional(),
  expressionSelectors: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: names.optional(),
      }),
    )
    .optional(),
  podPhaseSelectors: names.optional(),
  nodes: names.optional(),
  nodeSelectors: pairs.optional(),
  pods: z.record(names).optional(),
});

const podChaos = z
  .object({
    action: z.enum(['pod-kill', 'pod-failure', 'container-kill']),
    mode: z.enum(['one', 'all', 'fixed', 'fixed-percent', 'random-max-percent']),
    value: z.string().optional(),
    selector,
    containerNames: names.optional(),
    /** Seconds. */
    gracePeriod: z.number().int().min(0).optional(),
  })
  .superRefine(({ action, mode, value, containerNames = [] }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (action === 'container-kill' && containerNames.length === 0) {
      refuse('containerNames', 'the name of container is required on container-kill action');
    }
    const problem = findValueProblem(mode, value);
    if (problem) refuse('value', problem);
  });

/** The specification of a Chaos Mesh PodChaos, as far as Chaos Studio passes it on. What else it holds is ignored, as Kubernetes does. */
export type PodChaosSpec = z.infer<typeof podChaos>;
export type PodSelector = PodChaosSpec['selector'];

/** Reads the parameter `jsonSpec`. Throws an Error in the words that Azure uses for a specification that Chaos Mesh does not take. */
export function parsePodChaosSpec(jsonSpec: string): PodChaosSpec {
  const result = podChaos.safeParse(parseJson(jsonSpec));
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `spec${path.map((part) => `.${part}`).join('')}: ${message}`,
  );
  throw invalidSpec(problems.join('; '));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidSpec(`jsonSpec is not valid JSON: ${(error as Error).message}`);
  }
}

function invalidSpec(why: string): Error {
  return new Error(
    `The fault could not be started because the provided configuration was invalid. ${why}`,
  );
}

function findValueProblem(mode: string, value: string | undefined): string | undefined {
  if (mode === 'one' || mode === 'all') return undefined;
  const number = Number(value);
  if (value === undefined || !/^\d+$/.test(value)) {
    return `value ${JSON.stringify(value ?? '')} is not a whole number, which mode ${mode} needs`;
  }
  if (number === 0) return `value should be greater than 0 with mode: ${mode}`;
  if (mode !== 'fixed' && number > 100) return `value should be at most 100 with mode: ${mode}`;
  return undefined;
}
