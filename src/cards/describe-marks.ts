import type { Proposal } from '../domain/proposal.ts';
import { escapeMarkdown } from './text.ts';

/** What sets a run apart from others and has to be seen first: that rules were set aside for it, or that it injects nothing. Empty for most. */
export function toMarks({ breakGlass, rehearsal }: Proposal): { readonly text: string }[] {
  return [
    ...(breakGlass === undefined
      ? []
      : [
          {
            text: `▲ Break-glass, calendar and conditions set aside: ${escapeMarkdown(breakGlass)}`,
          },
        ]),
    ...(rehearsal ? [{ text: '◇ Rehearsal: nothing is injected.' }] : []),
  ];
}
