import { escapeUTF8 } from 'entities';
import { showInvisible } from '../domain/visible-text.ts';
import { pageStyle } from './page-style.ts';
import { createTemplate, type Part, type Safe } from './template.ts';

/** HTML in which everything put in is shown as it is. */
export const html = createTemplate((text) => escapeUTF8(showInvisible(text)));

/** Nothing, where something is only sometimes. */
export const nothing: Safe = { safe: '' };

/** A whole page: one style, no scripts, nothing from elsewhere. */
export function toDocument({ title, body }: { title: string; body: Safe }): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        ${{ safe: `<style>${pageStyle}</style>` }}
      </head>
      <body>
        ${body}
      </body>
    </html> `.safe;
}

export type Table = {
  readonly caption: string;
  /** The first heads the column of row headers. */
  readonly head: readonly string[];
  readonly rows: readonly (readonly Part[])[];
};

/**
 * A table whose rows begin with their header. Its roles are said outright: where there is no room its parts are shown as blocks, and browsers then forget that it
 * is a table.
 */
export function toTable({ caption, head, rows }: Table): Safe {
  if (rows.length === 0) return nothing;
  const [first, ...rest] = head;
  return html`<table role="table">
    <caption>
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        <th scope="col" role="columnheader">${first ?? ''}</th>
        ${rest.map((name) => html`<th scope="col" role="columnheader">${name}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map((row) => toRow(row, head))}
    </tbody>
  </table> `;
}

function toRow([first, ...rest]: readonly Part[], head: readonly string[]): Safe {
  const cells = rest.map(
    (part, index) =>
      html`<td role="cell" data-label="${head[index + 1] ?? ''}"><span>${part}</span></td>`,
  );
  return html`<tr role="row">
    <th scope="row" role="rowheader">${first ?? ''}</th>
    ${cells}
  </tr> `;
}

/** Names and values. */
export function toFacts(facts: readonly { readonly name: string; readonly value: Part }[]): Safe {
  return html`<dl class="facts">
    ${facts.map(
      ({ name, value }) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd> `,
    )}
  </dl> `;
}
