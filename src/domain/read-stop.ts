import type { Command } from './command.ts';
import { parseRunId, type RunId } from './ids.ts';
import { countEdits } from './nearest-word.ts';
import { shorten } from './quote-word.ts';
import { parameterNames } from './read-parameters.ts';
import type { Word } from './split-words.ts';
import {
  allSigns,
  allWords,
  deniedWords,
  denials,
  endObjects,
  fillerWords,
  germanOffParticles,
  germanOffVerbs,
  leadingStopWords,
  offParticles,
  offVerbs,
  otherWords,
  squeeze,
  stopBeginnings,
  stopSigns,
  stopWords,
} from './stop-words.ts';

type Stop = Extract<Command, { kind: 'stop' | 'freeze' }>;

/**
 * Finds a call to stop in a message that is no other command. A message that may be one is one: "don't stop" and "how do I stop this?" stop as well.
 * Undefined when nothing in it says stop.
 */
export function readStop(words: readonly Word[]): Stop | undefined {
  const spoken = words.filter(({ text }) => !isParameter(text));
  const text = toPlainText(spoken);
  const tokens = toTokens(text);
  const lead = tokens.findIndex((token) => !isFiller(token));
  const says = tokens.some(isStopWord) || saysStop(tokens, text);
  const freeze = tokens.findIndex(isFreeze);
  if (freeze >= 0 && (freeze === lead || says)) return toFreeze(tokens.slice(freeze + 1));
  if (!says && freeze < 0) return undefined;
  const all = tokens.some((token) => allWords.has(squeeze(token)) || /^stop.*all$/.test(token));
  if (all || allSigns.some((sign) => text.includes(sign))) return { kind: 'stop', all: true };
  return { kind: 'stop', all: false, ...findRuns(tokens) };
}

const longestReason = 200;

/** Returns a freeze. Its reason is never refused: one that is too long is cut. */
export function toFreeze(words: readonly string[]): Extract<Command, { kind: 'freeze' }> {
  const reason = words.join(' ').trim().slice(0, longestReason);
  return { kind: 'freeze', ...(reason === '' ? {} : { reason }) };
}

/** `hypothesis="never stop"` is no call to stop. */
function isParameter(text: string): boolean {
  const name = text.slice(0, text.indexOf('=') + 1).toLowerCase();
  return parameterNames.some((known) => name === `${known}=`);
}

const accents = /[\u0300-\u036f]/g;
const invisible = /\p{Default_Ignorable_Code_Point}/gu;

/** In lower case, without accents and invisible characters; full-width letters as plain ones. */
function toPlainText(words: readonly Word[]): string {
  const text = words.map((word) => word.text).join(' ');
  const decomposed = text.normalize('NFKC').toLowerCase().normalize('NFD');
  return decomposed.replaceAll(accents, '').replaceAll(invisible, '').normalize('NFC');
}

function toTokens(text: string): string[] {
  return text
    .split(/[^\p{L}\p{N}'’-]/u)
    .map(trimEdges)
    .filter((token) => token !== '');
}

function trimEdges(token: string): string {
  const isEdge = (character: string | undefined) => "'’-".includes(character ?? ' ');
  let [from, until] = [0, token.length];
  while (from < until && isEdge(token[from])) from += 1;
  while (from < until && isEdge(token[until - 1])) until -= 1;
  return token.slice(from, until);
}

const isFiller = (token: string) => fillerWords.has(squeeze(token));
const isFreeze = (token: string) => isSlipOf(token, 'freeze');

/** `stop`, `STOPPP`, `emergency-stop`, `stopitnow`, `aborted`. */
function isStopWord(token: string): boolean {
  const joined = squeeze(token.replaceAll(/[-'’]/g, ''));
  if (stopWords.has(joined) || joined.endsWith('stop')) return true;
  return stopBeginnings.some((beginning) => joined.startsWith(beginning));
}

/** What only the words together say: `end it`, `turn that off`, `no no no`, `s t o p`, a slip such as `sotp`. */
function saysStop(tokens: readonly string[], text: string): boolean {
  if (stopSigns.some((sign) => text.includes(sign))) return true;
  const squeezed = tokens.map(squeeze);
  const leading = squeezed.find((token) => !fillerWords.has(token));
  if (leading !== undefined && leadingStopWords.has(leading)) return true;
  // "no no no", but not "no thanks".
  const isCry = leading === undefined && squeezed.some((token) => leadingStopWords.has(token));
  return (
    (isCry && !squeezed.some((token) => token.startsWith('thank'))) ||
    saysOff(squeezed, offVerbs, offParticles) ||
    saysOff(squeezed, germanOffVerbs, germanOffParticles) ||
    saysNot(squeezed) ||
    saysEnd(squeezed) ||
    hasSlip(tokens) ||
    isSpaced(tokens)
  );
}

function saysOff(
  tokens: readonly string[],
  verbs: ReadonlySet<string>,
  particles: ReadonlySet<string>,
): boolean {
  return tokens.some(
    (token, index) =>
      verbs.has(token) && tokens.slice(index + 1, index + 5).some((next) => particles.has(next)),
  );
}

function saysNot(tokens: readonly string[]): boolean {
  const words = tokens.map((token) => token.replaceAll(/['’]/g, ''));
  const others = words.filter((word) => !denials.has(word) && !fillerWords.has(word));
  const isDenied = words.some((word) => denials.has(word) && word !== 'no') || others.length > 0;
  return (
    isDenied &&
    words.some((word) => denials.has(word)) &&
    others.every((word) => deniedWords.has(word)) &&
    !words.some((word) => word.startsWith('thank'))
  );
}

function saysEnd(tokens: readonly string[]): boolean {
  return tokens.some(
    (token, index) =>
      token === 'end' &&
      [tokens[index - 1], tokens[index + 1]].some((near) => endObjects.has(near ?? '')),
  );
}

const shortMessage = 4;

/** In a short message, and at the start of a long one, a word that one edit makes `stop`, `abort` or `cancel`. */
function hasSlip(tokens: readonly string[]): boolean {
  return tokens
    .slice(0, shortMessage)
    .some((token) => stopBeginnings.some((word) => isSlipOf(token, word)));
}

function isSlipOf(token: string, word: string): boolean {
  const [typed, wanted] = [squeeze(token), squeeze(word)];
  const isNear = typed.length >= 3 && Math.abs(typed.length - wanted.length) <= 1;
  return isNear && !otherWords.has(typed) && countEdits(typed, wanted) <= 1;
}

const longestSpaced = 12;

/** `s t o p`, `ST OP`. */
function isSpaced(tokens: readonly string[]): boolean {
  const joined = tokens.join('');
  return tokens.length > 1 && joined.length <= longestSpaced && isStopWord(joined);
}

const mostUnread = 3;

/**
 * The runs that are named, and the words that may have named one. Many words of six letters could be the id of a run (`server`), so that one without
 * `r-` counts only with a digit in it.
 */
function findRuns(tokens: readonly string[]): { runIds?: RunId[]; unread?: string[] } {
  const first = tokens.findIndex(isStopWord);
  const others = tokens.filter((token) => !isStopWord(token) && !isFiller(token));
  const looksLikeId = (token: string) => token.startsWith('r-') || /\p{N}/u.test(token);
  const named = others.filter(looksLikeId);
  const ids = named.map((token) => parseRunId(token)).filter((id) => id !== undefined);
  const isOneArgument =
    others.length === 1 && first >= 0 && tokens.indexOf(others[0] ?? '') > first;
  const odd =
    isOneArgument && named.length === 0 ? others : named.filter((one) => !parseRunId(one));
  return {
    ...(ids.length > 0 ? { runIds: [...new Set(ids)] } : {}),
    ...(odd.length > 0 ? { unread: odd.slice(0, mostUnread).map(shorten) } : {}),
  };
}
