import { badRequest, type ArmError } from '../arm/arm-error.ts';
import { delayUrn, findCapabilityTypeByUrn } from '../capability-types.ts';
import { parseIsoDuration } from '../engine/iso-duration.ts';
import { normalizeLocation, sameText } from '../place.ts';
import {
  experimentSchema,
  experimentUpdateSchema,
  type Action,
  type ExperimentBody,
  type Selector,
} from './experiment-schema.ts';

type Issues = readonly { path: readonly (string | number)[]; message: string }[];

/** Reads the body of a PUT. Throws the 400 that says everything that is wrong with it. */
export function validateExperiment(body: unknown, location: string): ExperimentBody {
  if (body === undefined) throw badRequest('The request body is missing.', 'InvalidRequestContent');
  requireLocation(body, location);
  const result = experimentSchema.safeParse(body);
  if (!result.success) throw invalid(result.error.issues);
  const problems = findProblems(result.data);
  if (problems.length > 0) throw badRequest(problems.join(' '));
  return result.data;
}

/** Reads the body of a PATCH: identity and tags, nothing else. Throws a 400. */
export function validateExperimentUpdate(body: unknown) {
  const result = experimentUpdateSchema.safeParse(body ?? {});
  if (!result.success) throw invalid(result.error.issues);
  return result.data;
}

function invalid(issues: Issues): ArmError {
  const problems = issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}.`);
  return badRequest(`The experiment definition is invalid. ${problems.join(' ')}`);
}

function requireLocation(body: unknown, location: string): void {
  const given = (body as { location?: unknown } | null)?.location;
  if (typeof given !== 'string' || given === '') {
    throw badRequest('The location property is required for this definition.', 'LocationRequired');
  }
  if (normalizeLocation(given) === normalizeLocation(location)) return;
  throw badRequest(
    `The provided location '${given}' is not available for resource type 'Microsoft.Chaos/experiments'. List of available regions for the resource type is '${location}'.`,
    'LocationNotAvailableForResourceType',
  );
}

const mostInAll = 9;
const longestMs = 12 * 3_600_000;

/** What the schema of the API does not say, but Chaos Studio checks. */
function findProblems({ identity, properties }: ExperimentBody): readonly string[] {
  const { steps, selectors } = properties;
  const branches = steps.flatMap((step) => step.branches);
  const actions = branches.flatMap((branch) => branch.actions);
  const ids = selectors.map(({ id }) => id);
  return [
    ...when(identity.type === 'None', 'The experiment requires a managed identity.'),
    ...when(new Set(ids).size < ids.length, 'The ids of the selectors must be unique.'),
    ...when(branches.length > mostInAll, `An experiment has at most ${mostInAll} branches.`),
    ...when(actions.length > mostInAll, `An experiment has at most ${mostInAll} actions.`),
    ...when(
      longestPathMs(steps) > longestMs,
      'The total duration of an experiment must not exceed 12 hours.',
    ),
    ...actions.flatMap((action) => findActionProblems(action, selectors)),
  ];
}

function when(wrong: boolean, problem: string): readonly string[] {
  return wrong ? [problem] : [];
}

/** Steps follow one another, branches of a step run side by side. */
function longestPathMs(steps: ExperimentBody['properties']['steps']): number {
  const durations = steps.map(({ branches }) =>
    Math.max(...branches.map(({ actions }) => sum(actions.map(readDurationMs)))),
  );
  return sum(durations);
}

function readDurationMs(action: Action): number {
  return 'duration' in action ? (parseIsoDuration(action.duration) ?? 0) : 0;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** A capability that the region does not offer is refused here, when written: an experiment that could never start would be of no use. */
function findActionProblems(action: Action, selectors: readonly Selector[]): readonly string[] {
  if (action.type === 'delay') {
    return when(
      !sameText(action.name, delayUrn),
      `The action '${action.name}' is not supported for the action type 'delay'.`,
    );
  }
  const capability = findCapabilityTypeByUrn(action.name);
  if (!capability) return [`The action '${action.name}' is not a supported capability.`];
  const selector = selectors.find(({ id }) => id === action.selectorId);
  const keys = action.parameters.map(({ key }) => key);
  const missing = capability.parameters.filter((key) => !keys.includes(key));
  const strange = keys.filter((key) => !capability.parameters.includes(key));
  return [
    ...when(
      !sameText(action.type, capability.kind),
      `The action '${action.name}' must be of type '${capability.kind.toLowerCase()}'.`,
    ),
    ...missing.map((key) => `The action '${action.name}' requires the parameter '${key}'.`),
    ...strange.map((key) => `The action '${action.name}' has no parameter '${key}'.`),
    ...when(
      !selector,
      `The selector '${action.selectorId}' of the action '${action.name}' does not exist.`,
    ),
    ...findTargetProblems(selector, capability.targetType),
  ];
}

function findTargetProblems(selector: Selector | undefined, wanted: string): readonly string[] {
  if (selector?.type !== 'List') return [];
  return selector.targets
    .map(({ id }) => id)
    .filter((id) => !sameText(id.split('/').at(-1) ?? '', wanted))
    .map((id) => `The target '${id}' is not of the target type '${wanted}' of its action.`);
}
