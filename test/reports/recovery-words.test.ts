import { beforeAll, describe, expect, test } from '@jest/globals';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { foldRun } from '../../src/domain/run.ts';
import type { Recovery, RunEntry } from '../../src/domain/run-event.ts';
import { toConsequenceFacts } from '../../src/reports/describe-consequences.ts';
import { toKeyFigures } from '../../src/reports/key-figures.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

let journal: readonly RunEntry[];
beforeAll(async () => {
  const stage = new Stage();
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  await conductRun(id, stage.deps(), new AbortController().signal);
  journal = stage.journal;
});

/** What card, page and key figure say of a run that came back so. */
function say(recovery: Recovery) {
  const told = journal.map((entry) =>
    entry.event.type === 'recovery-judged'
      ? { ...entry, event: { ...entry.event, recovery } }
      : entry,
  );
  const card = JSON.stringify(renderSummaryCard(foldRun(told)));
  const report = toReport(
    told.map((entry, index) => ({ ...entry, hash: `${index}` })),
    { version: 'test' },
  );
  const facts = toConsequenceFacts(report);
  const read = (title: string) => [
    new RegExp(`"title":"${title}","value":"([^"]*)"`).exec(card)?.[1],
    facts.find(({ name }) => name === title)?.value,
  ];
  return { read, figure: toKeyFigures(report).at(-1) };
}

const back = { podsReadyAfterMs: 4_000, predictionsGoodAfterMs: 3_000 };
const [pods, predictions, metrics] = [
  'Pods ready again',
  'Good again after the fault',
  'Metrics back within bounds',
] as const;

describe('card and report say of what was not seen to be back', () => {
  test.each([
    [
      predictions,
      { predictionsGoodAfterMs: null, predictionsUnmeasured: true },
      'not known: too few predictions were measured',
    ],
    [predictions, { predictionsGoodAfterMs: null }, 'not within the limit'],
    [
      predictions,
      { predictionsGoodAfterMs: null, isClockSetBack: true },
      "not known: the bot's clock was set back",
    ],
    [pods, { podsReadyAfterMs: null, podsUnseen: true }, 'not known: pods were not seen'],
    [
      pods,
      { podsReadyAfterMs: null, podsLeft: 2 },
      'not known: 2 pods are left, all ready; how many the workload wants could not be read',
    ],
    [
      pods,
      { podsReadyAfterMs: null, faultGoneAfterMs: null },
      'not known: the fault was still on the pods',
    ],
    [pods, { podsReadyAfterMs: null }, 'not within the limit'],
    [
      metrics,
      { metricsGoodAfterMs: null, metricsUnread: true },
      'not known: metrics could not be read',
    ],
    [metrics, { metricsGoodAfterMs: null }, 'not within the limit'],
  ] as const)('%s: %p', (title, change, words) => {
    expect(say({ ...back, ...change }).read(title)).toEqual([words, words]);
  });
});

test('card and report have what was seen to be back', () => {
  const { read } = say(back);
  expect(read(pods)).toEqual(['after 4s', '4s after the fault']);
  expect(read(predictions)).toEqual(['after 3s', undefined]);
  expect(read(metrics)).toEqual([undefined, undefined]);
});

test('card, report and figure say that predictions failed once more before they were good', () => {
  const { read, figure } = say({
    ...back,
    predictionsGoodAfterMs: 19_000,
    predictionsFailedAgain: true,
  });
  expect(read(predictions)).toEqual([
    'after 19s, had been good before and failed again',
    '19s after the fault, had been good before and failed again',
  ]);
  expect(figure).toMatchObject({ value: '19s', note: 'had been good before and failed again' });
});

test('the figure to be read first tells what nobody knows from what was seen', () => {
  const figureOf = (change: Partial<Recovery>) => say({ ...back, ...change }).figure;
  expect(figureOf({ predictionsGoodAfterMs: null, predictionsUnmeasured: true })).toMatchObject({
    value: 'not known',
    note: 'too few predictions were measured',
  });
  expect(figureOf({ predictionsGoodAfterMs: null })).toMatchObject({
    value: 'no',
    note: 'not within the limit',
  });
  expect(figureOf({})).toMatchObject({ value: '3s', note: 'predictions within tolerance' });
});
