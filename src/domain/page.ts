import type { Word } from './split-words.ts';

const pageWord = /^page=([1-9]\d{0,3})$/i;

/** Takes `page=2` out of the words of a command that answers with a list; the first page is not named. */
export function takePage(words: readonly Word[]): {
  readonly words: readonly Word[];
  readonly page: { readonly page?: number };
} {
  const asked = words.find(({ text }) => pageWord.test(text));
  const page = Number(pageWord.exec(asked?.text ?? '')?.[1] ?? 1);
  return { words: words.filter((word) => word !== asked), page: page > 1 ? { page } : {} };
}
