import { describeAlteredRecord } from '../domain/alteration.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Run } from '../domain/run.ts';
import { escapeMarkdown } from './text.ts';

/** Long enough for the warning about an altered record to be read to its end. */
const longestWarning = 1_000;

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

/** The same for a run, and before it that its record in the database was altered. */
export function toRunMarks(run: Run): { readonly text: string }[] {
  const altered = describeAlteredRecord(run);
  return [
    ...(altered ? [{ text: `⚠ ${escapeMarkdown(altered, longestWarning)}` }] : []),
    ...toMarks(run.proposal),
  ];
}
