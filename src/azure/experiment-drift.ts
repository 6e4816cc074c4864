import type { Experiment } from '@azure/arm-chaos';
import { toCanonicalJson } from '../domain/canonical-json.ts';
import { tagNames } from './experiment-body.ts';
import { parseIsoDuration } from './iso-duration.ts';

/**
 * Names what in Azure differs from what an approved run describes, in a few words; undefined when nothing does. Only what decides which
 * fault hits what counts. Azure changes the case of ids, writes durations in another form and adds fields; policies add tags.
 */
export function findDrift(wanted: Experiment, found: Experiment): string | undefined {
  for (const [what, read] of aspects) {
    if (toCanonicalJson(read(wanted)) !== toCanonicalJson(read(found))) return what;
  }
  return undefined;
}

/** Whether the identity alone is another one. */
export function findIdentityDrift(wanted: Experiment, found: Experiment): boolean {
  return toCanonicalJson(readIdentity(wanted)) !== toCanonicalJson(readIdentity(found));
}

type Selector = Experiment['selectors'][number];
type Action = Experiment['steps'][number]['branches'][number]['actions'][number];

const aspects: readonly (readonly [what: string, read: (experiment: Experiment) => unknown])[] = [
  ['the run that it was written for', readRun],
  ['the identity', readIdentity],
  ['the targets', ({ selectors }) => selectors.map(readSelector)],
  [
    'the faults',
    ({ steps }) =>
      steps.map(({ branches }) => branches.map(({ actions }) => actions.map(readAction))),
  ],
];

/** The names of tags are not case-sensitive in Azure; their values are. */
function readRun({ tags }: Experiment): unknown {
  const byName = new Map(
    Object.entries(tags ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  return [tagNames.run, tagNames.digest].map((name) => byName.get(name));
}

function readIdentity({ identity }: Experiment): unknown {
  const ids = Object.keys(identity?.userAssignedIdentities ?? {});
  return [identity?.type.toLowerCase(), ids.map((id) => id.toLowerCase()).toSorted()];
}

function readSelector({ type, id, targets, filter }: Selector): unknown {
  return {
    type,
    id,
    targets: Array.isArray(targets) ? targets.map(readTarget) : [targets],
    // `null` and nothing both mean that no filter narrows the targets.
    filter: filter ?? undefined,
  };
}

function readTarget(target: unknown): unknown {
  const { type, id } = (target ?? {}) as { type?: unknown; id?: unknown };
  return typeof id === 'string' ? { type, id: id.toLowerCase() } : target;
}

function readAction(action: Action): unknown {
  const { type, name } = action;
  const selectorId = 'selectorId' in action ? action.selectorId : undefined;
  const parameters = 'parameters' in action ? action.parameters.map(readParameter) : [];
  return {
    type,
    name: name.toLowerCase(),
    duration: 'duration' in action ? readDuration(action.duration) : undefined,
    selectorId,
    parameters,
  };
}

/** `PT60S` and `PT1M` last as long. What is no duration is compared as it stands. */
function readDuration(text: string): unknown {
  return parseIsoDuration(text) ?? text;
}

function readParameter({ key, value }: { key: string; value: string }): unknown {
  try {
    return { key, value: JSON.parse(value) as unknown };
  } catch {
    return { key, value };
  }
}
