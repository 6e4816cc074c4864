export type CardAction = { readonly verb: string; readonly data: object };

/** Every text of an Adaptive Card in reading order; facts as `title: value`. */
export function toCardTexts(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(toCardTexts);
  if (typeof node !== 'object' || node === null) return [];
  const { type, text, title, value } = node as Record<string, unknown>;
  if (type === 'TextBlock') return [String(text)];
  if (type === undefined && typeof title === 'string' && typeof value === 'string')
    return [`${title}: ${value}`];
  return Object.values(node).flatMap(toCardTexts);
}

/** The card's button with this verb, behind another button or not. Throws when it has none. */
export function findAction(card: unknown, verb: string): CardAction {
  const action = listActions(card).find((candidate) => candidate.verb === verb);
  if (!action)
    throw new Error(`The card has no ${verb}; it says: ${toCardTexts(card).join(' | ')}`);
  return action;
}

type Shown = CardAction & { readonly card?: unknown };

function listActions(card: unknown): readonly CardAction[] {
  const { actions = [] } = (card ?? {}) as { actions?: readonly Shown[] };
  return actions.flatMap((action) => (action.card ? listActions(action.card) : [action]));
}
