import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { toBinomialInterval } from '../../src/evidence/statistics/binomial-interval.ts';
import type { PredictionMeasurement } from '../../src/domain/measurement.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import { toReport } from '../../src/reports/to-report.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import type { RunId } from '../../src/domain/ids.ts';
import {
  sampleCourse,
  sampleMeasurement,
  sampleProposal,
  sampleProposed,
  startOfTime,
} from '../support/proposal.ts';

type Predictions = Partial<PredictionMeasurement>;

/** The report of a run in which this was measured under the fault and after it. */
const nothing = { sent: 0, good: 0, failures: {} };

function reportOf(
  during: Predictions,
  after: Predictions = nothing,
  podHeader?: string,
  isJudged = (_event: RunEvent) => true,
) {
  const measured = (change: Predictions) => {
    const measurement = sampleMeasurement();
    return { ...measurement, predictions: { ...measurement.predictions, ...change } };
  };
  const course = sampleCourse({ during: measured(during), after: measured(after) });
  const { service } = sampleProposal();
  const scoring = { ...service.scoring, ...(podHeader === undefined ? {} : { podHeader }) };
  const proposed = sampleProposed({ service: { ...service, scoring } });
  const { digest } = proposed;
  const events: RunEvent[] = [
    proposed,
    ...course.map((event) => (event.type === 'approved' ? { ...event, digest } : event)),
  ];
  const last = events.findIndex((event) => !isJudged(event));
  return toReport(
    events.slice(0, last < 0 ? events.length : last).map((event, index) => ({
      runId: 'r-7k2mq4' as RunId,
      sequence: index + 1,
      at: startOfTime + index * 1_000,
      event,
      hash: '',
    })),
    { version: '0.1.0' },
  );
}

const failing = { sent: 600, good: 590, failures: { 'server-error': 6, refused: 4 } } as const;
const pods = [
  { pod: 'a', sent: 300, good: 300, failures: {} },
  { pod: 'b', sent: 296, good: 290, failures: { 'server-error': 6 } },
];

describe('what each pod answered', () => {
  test('is laid at its door, with what no pod answered, summed over the fault and what came after', () => {
    const after = {
      sent: 100,
      good: 100,
      pods: [{ pod: 'b', sent: 100, good: 100, failures: {} }],
    };
    const { answers } = reportOf({ ...failing, pods }, { ...after, failures: {} });
    expect(answers?.rows).toEqual([
      {
        pod: 'b',
        named: true,
        sent: 396,
        good: 390,
        failures: { 'server-error': 6 },
        availability: 390 / 396,
        interval: toBinomialInterval(390, 396),
      },
      expect.objectContaining({ pod: 'a', sent: 300, good: 300, failures: {}, availability: 1 }),
      {
        pod: 'no pod named',
        named: false,
        sent: 4,
        good: 0,
        failures: { refused: 4 },
        availability: null,
        interval: null,
      },
    ]);
    expect(answers?.note).toMatch(/refused, reset or too late have no answer/);
  });

  test('is of the fault alone in a run that failed before its recovery was judged', () => {
    const isJudged = ({ type }: RunEvent) => type !== 'recovery-judged';
    const report = reportOf({ ...failing, pods }, nothing, undefined, isJudged);
    expect(report.answers?.span).toEqual({ from: 'fault', until: 'fault-end' });
    expect(renderMarkdown(report)).toContain('What each pod answered during the fault');
  });

  test('is a table on the page and in Markdown', () => {
    const report = reportOf({ ...failing, pods });
    const [page, markdown] = [renderPage(report), renderMarkdown(report)];
    expect(page).toContain(
      'What each pod answered from the beginning of the fault to the end of the run',
    );
    expect(page).toMatch(/data-label="Lost"><span>server-error 6</);
    expect(markdown).toMatch(
      /\| b \| 296 \| 290 \| server-error 6 \| 97\.97.% \| 95\.64 to 99\.25.% \|/,
    );
  });

  test.each([
    [undefined, 'chaos.yaml sets no podHeader for this service'],
    ['x-pod', 'none had the header x-pod'],
  ])(
    'is not told when answers do not name their pod (podHeader %s), and that is said',
    (header, why) => {
      const report = reportOf(failing, nothing, header);
      expect(report.answers?.rows).toEqual([]);
      for (const text of [renderPage(report), renderMarkdown(report)]) expect(text).toContain(why);
      expect(renderPage(report)).not.toContain('What each pod answered');
    },
  );

  test('counts pods beyond those with a name, of whose losses the kind is not known', () => {
    const otherPods = { sent: 4, good: 1 };
    const { answers } = reportOf({ ...failing, pods: pods.slice(0, 1), otherPods });
    expect(answers?.rows.slice(1)).toEqual([
      expect.objectContaining({ pod: 'other pods', sent: 4, good: 1, failures: null }),
      expect.objectContaining({ pod: 'no pod named', sent: 296, good: 289, failures: null }),
    ]);
  });

  test('adds up to all that was sent and lost, and shows at most forty pods', () => {
    const answers = fc.record({ good: fc.nat(50), refusedBy: fc.nat(50) });
    const property = fc.property(
      fc.array(answers, { minLength: 1, maxLength: 90 }),
      fc.nat(20),
      (each, silent) => {
        const named = each.map(({ good, refusedBy }, index) => ({
          pod: `p${index}`,
          sent: good + refusedBy + 1,
          good: good + 1,
          failures: refusedBy === 0 ? {} : { malformed: refusedBy },
        }));
        const sum = (of: (one: (typeof named)[number]) => number) =>
          named.reduce((all, one) => all + of(one), 0);
        const malformed = sum(({ failures }) => failures.malformed ?? 0);
        const report = reportOf(
          {
            sent: sum(({ sent }) => sent) + silent,
            good: sum(({ good }) => good),
            failures: { malformed, timeout: silent },
            pods: named,
          },
          nothing,
        );
        const rows = report.answers?.rows ?? [];
        expect(rows.reduce((all, { sent }) => all + sent, 0)).toBe(
          sum(({ sent }) => sent) + silent,
        );
        expect(rows.find(({ named: isNamed }) => !isNamed)?.failures).toEqual(
          silent === 0 ? undefined : { timeout: silent },
        );
        const lost = rows
          .filter(({ named: isNamed }) => isNamed)
          .map(({ sent, good }) => sent - good);
        expect(lost).toEqual(lost.toSorted((one, other) => other - one));
        const shown = renderMarkdown(report).match(/^\| p\d+ \|/gm) ?? [];
        expect(shown).toHaveLength(Math.min(40, each.length));
      },
    );
    expect(() => fc.assert(property, { numRuns: 30 })).not.toThrow();
  });
});
