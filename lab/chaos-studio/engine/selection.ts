import {
  matchesLabels,
  parseLabelSelector,
  type Requirement,
} from '../../kubernetes-api/selectors/label-selector.ts';
import type { PodSelector } from './pod-chaos-spec.ts';
import type { PodSource, SelectablePod } from './selectable.ts';

/** Chaos Studio creates its chaos objects here, and a selector without namespaces means that of its object. */
const ownNamespace = 'chaos-testing';

type Matches = (pod: SelectablePod) => boolean;

/**
 * The pods that a Chaos Mesh selector matches: `pods` alone decides when it is given, else all the others must match. Throws an Error
 * that says what is wrong with the selector.
 */
export function selectPods(selector: PodSelector, source: PodSource): readonly SelectablePod[] {
  const matches = selector.pods ? byName(selector.pods) : byAll(selector, source);
  return source.pods().filter(matches);
}

function byName(names: Readonly<Record<string, readonly string[]>>): Matches {
  return ({ metadata }) => names[namespaceOf(metadata)]?.includes(metadata.name) === true;
}

function byAll(selector: PodSelector, source: PodSource): Matches {
  const criteria = [
    byNamespace(selector.namespaces),
    byLabels(selector),
    byAnnotations(selector.annotationSelectors),
    byFields(selector.fieldSelectors),
    byPhase(selector.podPhaseSelectors),
    byNode(selector, source),
  ];
  return (pod) => criteria.every((matches) => matches(pod));
}

function byNamespace(namespaces: readonly string[] = []): Matches {
  const wanted = namespaces.length > 0 ? namespaces : [ownNamespace];
  return ({ metadata }) => wanted.includes(namespaceOf(metadata));
}

function byLabels({ labelSelectors, expressionSelectors = [] }: PodSelector): Matches {
  const requirements = [
    ...toRequirements(labelSelectors),
    ...expressionSelectors.map(toRequirement),
  ];
  return ({ metadata }) => matchesLabels(requirements, metadata.labels);
}

function byAnnotations(selectors?: Readonly<Record<string, string>>): Matches {
  const requirements = toRequirements(selectors);
  return ({ metadata }) => matchesLabels(requirements, metadata.annotations);
}

/** Chaos Mesh writes the pairs as a label selector, for annotations too: a value that is no label value is refused. */
function toRequirements(pairs: Readonly<Record<string, string>> = {}): readonly Requirement[] {
  const text = Object.entries(pairs).map(([key, value]) => `${key}=${value}`);
  return parseLabelSelector(text.join(','));
}

const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: 'absent' } as const;

type Expression = NonNullable<PodSelector['expressionSelectors']>[number];

function toRequirement({ key, operator, values = [] }: Expression): Requirement {
  const takesValues = operator === 'In' || operator === 'NotIn';
  if (takesValues !== values.length > 0) {
    throw new Error(
      `values: Invalid value: for '${operator}' operator, values set ${takesValues ? "can't be empty" : 'must be empty'}`,
    );
  }
  return { key, operator: operators[operator], values };
}

const fields: Readonly<Record<string, (pod: SelectablePod) => string | undefined>> = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace,
  'spec.nodeName': ({ spec }) => spec?.nodeName,
  'status.phase': ({ status }) => status?.phase,
};

function byFields(selectors: Readonly<Record<string, string>> = {}): Matches {
  const criteria = Object.entries(selectors).map(([path, value]): Matches => {
    const read = fields[path];
    if (!read) throw new Error(`field label not supported: ${path}`);
    return (pod) => (read(pod) ?? '') === value;
  });
  return (pod) => criteria.every((matches) => matches(pod));
}

/** `Running` wants the phase, `!Pending` does not: one of the wanted ones and none of the others. */
function byPhase(selectors: readonly string[] = []): Matches {
  const wanted = selectors.filter((selector) => !selector.startsWith('!'));
  const unwanted = selectors.filter((selector) => selector.startsWith('!'));
  return ({ status }) => {
    const phase = status?.phase ?? '';
    return (wanted.length === 0 || wanted.includes(phase)) && !unwanted.includes(`!${phase}`);
  };
}

/** The nodes by name and those by label count together. */
function byNode({ nodes = [], nodeSelectors = {} }: PodSelector, source: PodSource): Matches {
  const byLabel = Object.keys(nodeSelectors).length > 0;
  if (nodes.length === 0 && !byLabel) return () => true;
  const requirements = toRequirements(nodeSelectors);
  const labelled = (byLabel ? (source.nodes?.() ?? []) : []).filter(({ metadata }) =>
    matchesLabels(requirements, metadata.labels),
  );
  const names = new Set([...nodes, ...labelled.map(({ metadata }) => metadata.name)]);
  return ({ spec }) => spec?.nodeName !== undefined && names.has(spec.nodeName);
}

function namespaceOf({ namespace = 'default' }: SelectablePod['metadata']): string {
  return namespace;
}
