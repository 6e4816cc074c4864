import { printLostSpan } from '../domain/describe-lost.ts';
import { pickPods } from './pick.ts';
import { printFailures, printInterval, printShare } from '../domain/print-numbers.ts';
import type { PodFacts, Report } from './report.ts';

/** What each pod answered, as a heading for each column and the rows; none when nothing was measured, or no answer names its pod. */
export function toAnswersTable(report: Pick<Report, 'answers'>): {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
} {
  const { answers } = report;
  const { shown, more } = pickPods(answers?.rows ?? []);
  return {
    caption: answers ? `What each pod answered ${printLostSpan(answers.span)}` : '',
    head: ['Pod', 'Predictions', 'Good', 'Lost', 'Availability', '95 % interval'],
    rows: shown.map(toRow),
    notes: [more, answers?.note ?? ''].filter(Boolean),
  };
}

function toRow({ pod, sent, good, failures, availability, interval }: PodFacts): readonly string[] {
  const lost = failures === null ? `${sent - good}` : printFailures(failures);
  return [
    pod,
    `${sent}`,
    `${good}`,
    lost,
    availability === null ? '–' : printShare(availability),
    interval ? printInterval(interval) : '–',
  ];
}
