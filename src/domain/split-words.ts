/** A word of a command, with its place in the text. */
export type Word = {
  readonly text: string;
  readonly from: number;
  readonly until: number;
  /** It opens a quote that is never closed. */
  readonly unclosed: boolean;
};

type Piece = Word & { readonly opensBare: boolean; readonly closesBare: boolean };

const doubleQuotes = '"\u201c\u201d\u201e\u201f\u00ab\u00bb';
const singleQuotes = "'\u2018\u2019\u201a";
const hyphens = /[\u2010-\u2015\u2212]/;
const invisible = /[\u00ad\u200b-\u200f\u2060\ufeff]/;
const operators = '<>=';

/**
 * Splits at white space outside of quotes, and joins words around `=`, `>=` and `<=`. Phones and Teams replace characters by typographic ones: outside of
 * quotes every dash, quote, space and comparison counts as the plain one. Inside of quotes only a backslash before a quote or a backslash is removed.
 * Takes time in proportion to the length of the text.
 */
export function splitWords(typed: string): Word[] {
  const pieces: Piece[] = [];
  for (let at = skipSpace(typed, 0); at < typed.length; at = skipSpace(typed, at)) {
    const piece = readPiece(typed, at);
    if (piece.text !== '' || !piece.opensBare) pieces.push(piece);
    at = piece.until;
  }
  return joinAroundOperators(pieces);
}

function skipSpace(typed: string, at: number): number {
  while (at < typed.length && /\s/.test(typed[at] ?? '')) at += 1;
  return at;
}

function readPiece(typed: string, from: number): Piece {
  const parts: string[] = [];
  let at = from;
  let unclosed = false;
  let closesBare = true;
  // The last character so far, kept apart: to look for it in the text would copy the text each time.
  let last = '';
  const opensBare = !opensQuote(typed, from, '');
  while (at < typed.length && !/\s/.test(typed[at] ?? '')) {
    closesBare = !opensQuote(typed, at, last);
    const next = closesBare
      ? { text: toPlain(typed[at] ?? ''), until: at + 1, unclosed: false }
      : readQuoted(typed, at);
    parts.push(next.text);
    last = next.text.at(-1) ?? last;
    at = next.until;
    unclosed ||= next.unclosed;
  }
  return { text: parts.join(''), from, until: at, unclosed, opensBare, closesBare };
}

/** A single quote opens only where a value begins: elsewhere it is an apostrophe. */
function opensQuote(typed: string, at: number, last: string): boolean {
  const character = typed[at] ?? '';
  if (doubleQuotes.includes(character)) return true;
  return singleQuotes.includes(character) && operators.includes(last);
}

function readQuoted(
  typed: string,
  from: number,
): { text: string; until: number; unclosed: boolean } {
  const family = doubleQuotes.includes(typed[from] ?? '') ? doubleQuotes : singleQuotes;
  const closing = toClosing(typed, from, family);
  const parts: string[] = [];
  for (let at = from + 1; at < typed.length; at += 1) {
    const [character = '', next = ''] = [typed[at], typed[at + 1]];
    const isEscape = character === '\\' && next !== '' && `${family}\\`.includes(next);
    const isEnd = family === doubleQuotes || next === '' || /\s/.test(next);
    if (isEscape) {
      parts.push(next);
      at += 1;
    } else if (closing.includes(character) && isEnd)
      return { text: parts.join(''), until: at + 1, unclosed: false };
    else parts.push(character);
  }
  return { text: parts.join(''), until: typed.length, unclosed: true };
}

/** A straight quote is closed by a straight one, so that typographic ones can stand inside; where a phone turned one of the two, by any. */
function toClosing(typed: string, from: number, family: string): string {
  const opening = typed[from] ?? '';
  const isStraight = opening === '"' || opening === "'";
  return isStraight && typed.includes(opening, from + 1) ? opening : family;
}

function toPlain(character: string): string {
  if (invisible.test(character)) return '';
  if (hyphens.test(character)) return '-';
  if (character === '≥') return '>=';
  if (character === '≤') return '<=';
  return character;
}

/** Joins a word with those before it while an operator, or `pods` before `ready`, holds them together. Looks only at neighbours, so that it stays linear. */
function joinAroundOperators(pieces: readonly Piece[]): Word[] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    const group = groups.at(-1);
    if (group && belongTogether(group, piece)) group.push(piece);
    else groups.push([piece]);
  }
  return groups.map(join);
}

function belongTogether(group: readonly Piece[], piece: Piece): boolean {
  const before = group.at(-1);
  if (before === undefined) return false;
  const asksForMore =
    before.closesBare && before.text !== '' && operators.includes(before.text.at(-1) ?? ' ');
  const continues = piece.opensBare && operators.includes(piece.text[0] ?? ' ');
  return asksForMore || continues || (group.length === 1 && isPodsReady(before, piece));
}

const isPodsReady = (before: Piece | undefined, piece: Piece | undefined) =>
  before?.text.toLowerCase() === 'pods' && /^ready\b/i.test(piece?.text ?? '');

function join(group: readonly Piece[]): Word {
  const [first, second] = group;
  const texts = group.map(({ text }) => text);
  const [start = '', ...rest] = texts;
  const between = second?.opensBare && isPodsReady(first, second) ? ' ' : '';
  return {
    text: [start, between, ...rest].join(''),
    from: first?.from ?? 0,
    until: group.at(-1)?.until ?? 0,
    unclosed: group.some(({ unclosed }) => unclosed),
  };
}
