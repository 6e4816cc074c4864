import { html, toDocument } from './html.ts';

export type Problem = {
  readonly title: string;
  readonly text: string;
  readonly suggestion: string;
};

/** A page for those who cannot be shown the report, with what to do. */
export function renderProblem({ title, text, suggestion }: Problem): string {
  const body = html`<main class="sheet">
    <div class="outcome unsure">
      <p class="kicker">Chaos Marshal</p>
      <h1>${title}</h1>
      <p>${text}</p>
      <p><strong>${suggestion}</strong></p>
    </div>
  </main>`;
  return toDocument({ title, body });
}
