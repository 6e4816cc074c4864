import { describe, expect, test } from '@jest/globals';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { judgeHypothesis } from '../../src/domain/judgement.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { toSummaryCard } from '../support/recorded/card-pictures.ts';
import { readRecorded } from '../support/recorded/recorded-runs.ts';
import { reportJournals } from '../support/report-gallery.ts';
import { toJournal } from '../support/story-journal.ts';

const reportUrl = `https://marshal.example.com/reports/r-7k2mq4.html?${'x'.repeat(150)}`;
const sizeOf = (card: object) => 2 * JSON.stringify(card).length;

/** A run in which many pods and nodes were disturbed, and so many predictions lost that it deviates. */
const toEventful = (pods: number) =>
  foldRun(
    toJournal({
      faultAt: 60,
      goneAt: 120,
      endAt: 150,
      leastReady: 0,
      lost: (second) => (second >= 60 && second < 120 && second % 10 < 4 ? 6 : 0),
      changes: Array.from({ length: pods }, (_, index) => {
        const pod = `recommender-a9d7d58e58-zq2j${index}`;
        return [
          [60 + index, pod, 'not-ready', 'not ready (ContainersNotReady)'],
          [61 + index, pod, 'restarted', 'restarted (exit code 137, OOMKilled)'],
          [75 + index, pod, 'ready', 'ready'],
        ] as const;
      }).flat(),
      nodes: [[65, 'aks-nodepool1-41960432-vmss000001', 'not-ready', 'not ready (KubeletStopped)']],
    }),
  );

describe('the summary of a run', () => {
  test.each([3, 8, 40])(
    'in which %i pods were disturbed has fewer lines, and all whole',
    (pods) => {
      const card = renderSummaryCard(toEventful(pods), { reportUrl });
      const texts = toCardTexts(card);
      expect(sizeOf(card)).toBeLessThan(22_000);
      expect(texts.filter((text) => text.includes('…'))).toEqual([]);
      expect(texts.some((text) => /^and \d+ more: see the report$/.test(text))).toBe(true);
      expect(texts.some((text) => text.endsWith('· r-7k2mq4'))).toBe(true);
    },
  );

  test('keeps what people and the bot did, and the outages, before what happened to pods', () => {
    const texts = toCardTexts(renderSummaryCard(toEventful(40), { reportUrl })).join('\n');
    expect(texts).toContain('start asked of Chaos Studio');
    expect(texts).toContain('fault removed (Chaos Studio: ');
    expect(texts).toMatch(/24 of \d+ predictions lost in about/);
  });

  test.each(Object.entries(reportJournals))('that %s says everything whole', (_name, journal) => {
    const texts = toCardTexts(renderSummaryCard(foldRun(journal), { reportUrl }));
    expect(texts.filter((text) => text.includes('…'))).toEqual([]);
  });

  test('that was rehearsed names neither a fault nor what Chaos Studio said of it', () => {
    const card = renderSummaryCard(foldRun(reportJournals.rehearsed), { reportUrl });
    const texts = toCardTexts(card);
    expect(texts).toContain('Rehearsal');
    expect(texts).not.toContain('Fault');
    expect(texts.join('\n')).toMatch(/\) rehearsal over$/m);
    expect(texts.join('\n')).not.toMatch(/Chaos Studio: /);
  });

  test('names an Azure resource by its kind and name, and says the whole reason', () => {
    const texts = toCardTexts(toSummaryCard(readRecorded('void')));
    expect(texts.find((text) => text.startsWith('The fault was never seen to happen:'))).toBe(
      "The fault was never seen to happen: The target resource '…/targets/Microsoft-AzureKubernetesServiceChaosMesh' does not have the capability 'PodChaos-2.2' enabled.",
    );
  });

  test('says the whole verdict, however many pods it names', () => {
    const run = foldRun(reportJournals.aborted);
    const names = Array.from({ length: 5 }, (_, index) => `recommender-${'x'.repeat(45)}-${index}`);
    const others = `Other pods changed during the fault as well: ${names.join(', ')}.`;
    const why = `${'A guard ended the fault. '.repeat(15)}${others}`;
    const end = { ...(run.end ?? { ending: 'aborted', verdict: 'deviated', at: 0 }), why };
    expect(toCardTexts(renderSummaryCard({ ...run, end }))).toContainEqual(
      expect.stringMatching(/-4\.$/),
    );
  });

  test.each([
    [
      'what the run means for users',
      (text: string) => text.startsWith('A guard ended the fault after 11s of 60s. '),
    ],
    ['which guard tripped', (text: string) => text.startsWith('Guardrail: ')],
  ])('says whole %s, however much there is to say', (_what, isMeant) => {
    const card = renderSummaryCard(toWordy(), { reportUrl });
    const text = toCardTexts(card).find(isMeant) ?? '';
    expect(text.length).toBeGreaterThan(300);
    expect(text).not.toContain('…');
  });

  test('says once why nothing can be said to have held, not with each tolerance', () => {
    const texts = toCardTexts(renderSummaryCard(toTooLittleMeasured(), { reportUrl }));
    const reasons = texts.filter((text) => /Only .* of the predictions due during/.test(text));
    expect(reasons).toEqual([expect.stringMatching(/^Only /)]);
    expect(texts.find((text) => text.includes('pods ready >='))).toMatch(/observed \d+$/);
  });
});

/** A run of which much is to be said: other pods went down, answers were slow, some predictions were not measured, and a guard that costs much tripped. */
function toWordy(): Run {
  const run = foldRun(reportJournals.aborted);
  const { baseline, observed, trip } = run;
  if (!baseline || !observed || !trip) throw new Error('The run was not measured.');
  const guard = {
    kind: 'availability-drop',
    from: 0.95,
    to: 0.5,
    falseAlarms: 0.01,
  } as const;
  const slow = { p50Ms: 80, p95Ms: 900, p99Ms: 950, maxMs: 980 };
  const { predictions } = observed.measurement;
  return {
    ...run,
    trip: {
      ...trip,
      guard,
      reason: `${trip.reason}${', and so it was before'.repeat(3)}`,
    },
    injection: {
      source: 'signature',
      hit: [{ pod: 'a', from: observed.measurement.startedAt, until: null }],
      others: ['b', 'c'],
      mismatches: [],
    },
    observed: {
      ...observed,
      measurement: {
        ...observed.measurement,
        predictions: { ...predictions, latency: slow, unmeasured: { paused: 40 } },
        pods: { ...observed.measurement.pods, changes: [] },
      },
    },
  };
}

/** The recorded run that the bot was away from for a moment, of a team that wants all to be measured. */
function toTooLittleMeasured(): Run {
  const { run } = readRecorded('interrupted');
  const { observed, end } = run;
  if (!observed || !end) throw new Error('The recorded run was not measured to its end.');
  const hypothesis = { ...run.proposal.hypothesis, leastCoverage: 0.9999 };
  const judgement = judgeHypothesis(hypothesis, observed.measurement);
  const judged = {
    ...run,
    proposal: { ...run.proposal, hypothesis },
    observed: { ...observed, judgement },
  };
  return { ...judged, end: { ...end, ...concludeRun(judged) } };
}
