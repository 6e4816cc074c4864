import type { Experiment } from '@azure/arm-chaos';
import { toCanonicalJson } from '../domain/canonical-json.ts';
import { tagNames } from './experiment-body.ts';

/**
 * Says what in Azure differs from what an approved run describes, in a few words; undefined when nothing does. Only what decides which
 * fault hits what counts: Azure changes the case of ids and adds fields of its own.
 */
export function findDrift(wanted: Experiment, found: Experiment): string | undefined {
  for (const [what, read] of Object.entries(aspects)) {
    if (toCanonicalJson(read(wanted)) !== toCanonicalJson(read(found))) return what;
  }
  return undefined;
}

const aspects: Readonly<Record<string, (experiment: Experiment) => unknown>> = {
  'the run that it was written for': ({ tags }) => [tags?.[tagNames.run], tags?.[tagNames.digest]],
  'the identity': ({ identity }) => [
    identity?.type.toLowerCase(),
    Object.keys(identity?.userAssignedIdentities ?? {})
      .map((id) => id.toLowerCase())
      .toSorted(),
  ],
  'the targets': ({ selectors }) => selectors.map(readSelector),
  'the faults': ({ steps }) =>
    steps.map(({ branches }) => branches.map(({ actions }) => actions.map(readAction))),
};

function readSelector({ type, id, targets, filter }: Experiment['selectors'][number]): unknown {
  const targetIds: unknown[] = Array.isArray(targets) ? targets.map(readTargetId) : [targets];
  return { type, id, targetIds, filter };
}

function readTargetId(target: unknown): unknown {
  const hasId = typeof target === 'object' && target !== null && 'id' in target;
  return hasId && typeof target.id === 'string' ? target.id.toLowerCase() : target;
}

type Action = Experiment['steps'][number]['branches'][number]['actions'][number];

function readAction(action: Action): unknown {
  const { type, name } = action;
  const duration = 'duration' in action ? action.duration : undefined;
  const selectorId = 'selectorId' in action ? action.selectorId : undefined;
  const parameters = 'parameters' in action ? action.parameters.map(readParameter) : [];
  return { type, name: name.toLowerCase(), duration, selectorId, parameters };
}

function readParameter({ key, value }: { key: string; value: string }): unknown {
  try {
    return { key, value: JSON.parse(value) as unknown };
  } catch {
    return { key, value };
  }
}
