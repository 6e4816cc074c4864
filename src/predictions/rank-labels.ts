type Scored = { readonly label: unknown; readonly score: number };

/**
 * The labels of a classification, best first, of the shapes in use: labels in their order, scores by class (whose labels are their
 * places), `[{"label": "cat", "score": 0.9}]`, `{"cat": 0.9}`. Undefined when it is none of these.
 */
export function rankLabels(answer: unknown): readonly unknown[] | undefined {
  if (Array.isArray(answer)) return rankList(answer);
  if (typeof answer !== 'object' || answer === null) return undefined;
  return rank(Object.entries(answer).map(([label, score]) => ({ label, score: score as unknown })));
}

function rankList(list: readonly unknown[]): readonly unknown[] | undefined {
  const [first] = list;
  // One row of a batch of one.
  if (list.length === 1 && Array.isArray(first)) return rankList(first);
  if (list.length > 0 && list.every((item) => typeof item === 'string')) return list;
  if (typeof first === 'number') return rank(list.map((score, label) => ({ label, score })));
  return rank(list.map(readScored));
}

function readScored(item: unknown): { label: unknown; score: unknown } {
  const { label, score, class: ofClass, probability } = Object(item) as Record<string, unknown>;
  return { label: label ?? ofClass, score: score ?? probability };
}

function rank(scored: readonly { label: unknown; score: unknown }[]) {
  const isScored = (each: { label: unknown; score: unknown }): each is Scored =>
    each.label !== undefined && typeof each.score === 'number';
  if (scored.length === 0 || !scored.every(isScored)) return undefined;
  return scored.toSorted((left, right) => right.score - left.score).map(({ label }) => label);
}
