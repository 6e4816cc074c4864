/** A word of a command, with where it stands in what was typed. */
export type Word = {
  readonly text: string;
  readonly from: number;
  readonly until: number;
  /** A quote opens in it that nothing closes. */
  readonly unclosed: boolean;
};

type Piece = Word & { readonly opensBare: boolean; readonly closesBare: boolean };

const doubleQuotes = '"\u201c\u201d\u201e\u201f\u00ab\u00bb';
const singleQuotes = "'\u2018\u2019\u201a";
const hyphens = /[\u2010-\u2015\u2212]/;
const invisible = /[\u00ad\u200b-\u200f\u2060\ufeff]/;
const operatorAtEnd = /[<>=]$/;
const operatorAtStart = /^[<>=]/;

/**
 * Splits at white space outside of quotes. Phones and Teams turn what is typed into what looks better: outside of quotes every dash, quote, space and
 * comparison means the plain one; inside, all stays as typed, but for a backslash before a quote or a backslash. White space around `=`, `>=` and `<=` is
 * of no account.
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
  let text = '';
  let at = from;
  let unclosed = false;
  let closesBare = true;
  const opensBare = !opensQuote(typed, from, '');
  while (at < typed.length && !/\s/.test(typed[at] ?? '')) {
    closesBare = !opensQuote(typed, at, text);
    if (closesBare) {
      text += toPlain(typed[at] ?? '');
      at += 1;
    } else {
      const quoted = readQuoted(typed, at);
      text += quoted.text;
      at = quoted.until;
      unclosed ||= quoted.unclosed;
    }
  }
  return { text, from, until: at, unclosed, opensBare, closesBare };
}

/** A single quote opens only where a value begins: elsewhere it is an apostrophe. */
function opensQuote(typed: string, at: number, before: string): boolean {
  const character = typed[at] ?? '';
  if (doubleQuotes.includes(character)) return true;
  return singleQuotes.includes(character) && /(^|[<>=])$/.test(before);
}

function readQuoted(
  typed: string,
  from: number,
): { text: string; until: number; unclosed: boolean } {
  const family = doubleQuotes.includes(typed[from] ?? '') ? doubleQuotes : singleQuotes;
  const closing = toClosing(typed, from, family);
  let text = '';
  for (let at = from + 1; at < typed.length; at += 1) {
    const [character = '', next = ''] = [typed[at], typed[at + 1]];
    const isEscape = character === '\\' && next !== '' && `${family}\\`.includes(next);
    const isEnd = family === doubleQuotes || next === '' || /\s/.test(next);
    if (isEscape) {
      text += next;
      at += 1;
    } else if (closing.includes(character) && isEnd)
      return { text, until: at + 1, unclosed: false };
    else text += character;
  }
  return { text, until: typed.length, unclosed: true };
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

function joinAroundOperators(pieces: readonly Piece[]): Word[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const before = joined.at(-1);
    if (before && belongTogether(before, piece)) joined[joined.length - 1] = join(before, piece);
    else joined.push(piece);
  }
  return joined;
}

function belongTogether(before: Piece, piece: Piece): boolean {
  const asksForMore = before.closesBare && operatorAtEnd.test(before.text);
  const continues = piece.opensBare && operatorAtStart.test(piece.text);
  return asksForMore || continues || (isWord(before, 'pods') && /^ready\b/i.test(piece.text));
}

const isWord = ({ text }: Piece, word: string) => text.toLowerCase() === word;

function join(before: Piece, piece: Piece): Piece {
  const between =
    isWord(before, 'pods') && piece.opensBare && /^ready/i.test(piece.text) ? ' ' : '';
  return {
    text: `${before.text}${between}${piece.text}`,
    from: before.from,
    until: piece.until,
    unclosed: before.unclosed || piece.unclosed,
    opensBare: before.opensBare,
    closesBare: piece.closesBare,
  };
}
