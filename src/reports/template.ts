/** Text in the language of a document, in which nothing has to be escaped any more. */
export type Safe = { readonly safe: string };

export type Part = Safe | string | number | readonly Part[];

/** A tag for template literals: what is put in is escaped unless it is safe; lists are joined. */
export function createTemplate(escape: (text: string) => string) {
  const render = (part: Part): string => {
    if (typeof part === 'object') return 'safe' in part ? part.safe : part.map(render).join('');
    return escape(String(part));
  };
  return (strings: TemplateStringsArray, ...parts: readonly Part[]): Safe => ({
    safe: String.raw({ raw: strings }, ...parts.map(render)),
  });
}
