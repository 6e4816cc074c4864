import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { printClock, printOffset } from '../../src/domain/print-time.ts';
import type { PredictionResult } from '../../src/domain/prediction-result.ts';
import { foldRun } from '../../src/domain/run.ts';
import type { RunEvent } from '../../src/domain/run-event.ts';
import { renderJson } from '../../src/reports/render-json.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { toReport, type JournalOfRun } from '../../src/reports/to-report.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { countTruth, scripts, toResults, type Script } from '../support/random-course.ts';
import { recordRun, toMeasured, type Course } from '../support/recorded-run.ts';
import { sampleRun, startOfTime } from '../support/proposal.ts';

type JsonOutage = {
  readonly from: number;
  readonly until: number;
  readonly lengthMs: number;
  readonly exact?: true;
  readonly lost: number;
  readonly sent: number;
};
type Json = {
  readonly outages: readonly JsonOutage[];
  readonly spending: { lost: number; sent: number };
  readonly losses: Record<'outside' | 'elsewhere', { lost: number; sent: number }> & {
    readonly inOutages: number;
  };
  readonly answers: { readonly rows: readonly { sent: number; good: number }[] };
  readonly fault: { readonly span: { from: number } };
};
type Told = {
  readonly json: Json;
  readonly markdown: string;
  readonly card: readonly string[];
  readonly results: readonly PredictionResult[];
  readonly course: Course;
};

/** When the pod failed, and its end was written down, after it happened. */
const podMs = 250;
const writtenMs = 2_000;

/** A run that has ended, with a pod that failed as the fault began, in all its forms. */
function tell(script: Script): Told {
  const { course } = script;
  const results = toResults(script).map((result) =>
    result.kind === 'measured' && result.outcome === 'good' ? { ...result, pod: 'a' } : result,
  );
  const entries = recordRun(course, results).map((entry) => ({
    ...entry,
    at: entry.event.type === 'fault-ended' ? entry.at + writtenMs : entry.at,
    event: addPod(entry.event, course),
  }));
  const evidence = { at: course.faultAt + podMs, ...pod };
  const seen: RunEvent = { type: 'fault-seen', evidence };
  const end: RunEvent = { type: 'ended', ending: 'completed', verdict: 'held', why: '' };
  const journal: JournalOfRun = [
    ...entries.toSpliced(6, 0, toEntry(evidence.at, seen)),
    toEntry(course.endAt + 1, end),
  ].map((entry, index) => ({ ...entry, sequence: index + 1 }));
  const report = toReport(journal, { version: '0.1.0' });
  return {
    json: JSON.parse(renderJson(report)),
    markdown: unescape(renderMarkdown(report)),
    card: toCardTexts(renderSummaryCard(foldRun(journal))).map(unescape),
    results,
    course,
  };
}

const pod = { pod: 'pod-x', kind: 'not-ready', detail: 'down' } as const;

const toEntry = (at: number, event: RunEvent) => ({
  runId: sampleRun().id,
  sequence: 0,
  at,
  event,
  hash: '',
});

const unescape = (text: string) => text.replaceAll(/\\([^\w\s])/g, '$1').replaceAll('\u00A0', ' ');

function addPod(event: RunEvent, { faultAt }: Course): RunEvent {
  if (event.type !== 'observed') return event;
  const change = { at: faultAt + podMs, ...pod };
  const { measurement } = event;
  const pods = { ...measurement.pods, changes: [change] };
  return { ...event, measurement: { ...measurement, pods } };
}

const evidenceOf = (json: Json) => json.outages.map(({ from }) => from);

/** The one line that begins so. */
function findLine(lines: readonly string[], begin: string): string {
  const found = lines.filter((line) => line.startsWith(begin));
  expect([begin, found]).toEqual([begin, [expect.any(String)]]);
  return found[0]?.slice(begin.length) ?? '';
}

/** What the words of a run say, `[what, how much]`, by a pattern that has two groups. */
function listSaid(texts: string, pattern: RegExp): (readonly [what: string, value: string])[] {
  return [...texts.matchAll(pattern)].map(
    ({ groups: { what = '', value = '' } = {} }) => [what, value] as const,
  );
}

const lengthPattern = '(?:about )?[\\d.]+m?s|\\d+m(?: \\d+s)?';

const check = (checkTold: (told: Told) => void) =>
  fc.assert(
    fc.property(scripts, (script) => checkTold(tell(script))),
    { numRuns: 60, seed: 20_261_127 },
  );

describe('a run says the same in its report, its JSON and on its card', () => {
  test('of what it lost: each span of it has one total, which is the truth', () => {
    check(({ json, markdown, card, results, course }) => {
      const { startAt, afterAt, endAt, recovered } = course;
      const { lost, sent } = countTruth(results, startAt, recovered ? afterAt : endAt);
      const total = `${lost} of ${sent}`;
      const span = `from the start request to ${recovered ? 'recovery' : 'the end of the run'}`;
      const lines = markdown.split('\n');
      const cost = findLine(lines, '- Cost: ');
      expect(cost).toMatch(new RegExp(`^${total} predictions failed ${span}[ ,]`));
      expect(findLine(card, 'Spent: ')).toBe(cost);
      const key = lines.find((line) => line.startsWith('- Predictions lost: '));
      if (key) expect(key).toContain(`**${total}** (${span}`);
      expect(json.spending).toMatchObject({ lost, sent });
      expect(json.losses).toMatchObject({ lost, sent });
      expect(json.losses.inOutages + json.losses.outside.lost).toBe(lost);
      expect(json.losses.outside.sent).toBeLessThanOrEqual(sent);
      const until = recovered ? afterAt : endAt;
      const isWhole = json.outages.every((one) => one.until <= startAt || one.from >= startAt);
      const within = json.outages.filter(({ from }) => from >= startAt && from < until);
      if (isWhole && within.every((one) => one.exact && one.until <= until))
        expect(json.losses.inOutages).toBe(within.reduce((sum, one) => sum + one.lost, 0));
      const ofPods = json.answers.rows.reduce((sum, row) => sum + row.sent, 0);
      const goodOfPods = json.answers.rows.reduce((sum, row) => sum + row.good, 0);
      if (ofPods > 0) expect([ofPods - goodOfPods, ofPods]).toEqual([lost, sent]);
      const attributed = [...markdown.matchAll(/Of (\d+) predictions? that failed (.*?):/g)];
      for (const [, count, when] of attributed) expect([count, when]).toEqual([`${lost}`, span]);
      const cardAttributed = card.flatMap((line) => line.match(/Of .* that failed .*?:.*/) ?? []);
      for (const text of cardAttributed) expect(markdown).toContain(text);
      const outside = [
        ...markdown.matchAll(
          /Outside of outages, (\d+ of \d+) .* failed (from .*?|in the .*?) \(/g,
        ),
      ];
      for (const [, counts, when] of outside)
        if (when === span)
          expect(counts).toBe(`${json.losses.outside.lost} of ${json.losses.outside.sent}`);
    });
  });

  test('of how long outages lasted: from the first lost prediction to the next good one', () => {
    check(({ json, markdown, card, results, course }) => {
      for (const outage of json.outages) expectTrueSpan(outage, results);
      const lengths = json.outages.map(printExpected);
      const [, table = ''] = markdown.split('| Outage | Lasted |');
      const rows = (table.split('\n\n')[0] ?? '').split('\n').slice(2);
      expect(rows.map((row) => row.split(' | ')[1]).filter(Boolean)).toEqual(lengths);
      const said = new RegExp(
        `(?<what>\\d+ of \\d+) predictions lost in (?<value>${lengthPattern})`,
        'g',
      );
      const inMarkdown = listSaid(markdown, said);
      expect(inMarkdown).toEqual(
        json.outages.map((outage) => [`${outage.lost} of ${outage.sent}`, printExpected(outage)]),
      );
      for (const one of listSaid(card.join('\n'), said)) expect(inMarkdown).toContainEqual(one);
      const longest = Math.max(0, ...json.outages.map(({ lengthMs }) => lengthMs));
      const key = markdown.match(/- Longest outage: \*\*(.*?)\*\*/)?.[1];
      if (key !== undefined)
        expect(key).toBe(
          longest === 0
            ? 'none'
            : printExpected(json.outages.find(({ lengthMs }) => lengthMs === longest)),
        );
      const isCut = json.outages.some(({ from, until }) =>
        [course.faultAt, course.afterAt].some((at) => from < at && at < until),
      );
      const headline = card.find((line) => / predictions? failed /.test(line)) ?? '';
      if (isCut) return;
      for (const [, value = ''] of headline.matchAll(
        new RegExp(`(?:within|at most|for about) (${lengthPattern})`, 'g'),
      ))
        expect(lengths.map((length) => length.replace('about ', ''))).toContain(value);
    });
  });

  test('of when something happened: in order, by the same clock', () => {
    check(({ json, markdown, card, course }) => {
      const zero = json.fault.span.from;
      const gone = printClock(course.goneAt);
      const offset = printOffset(course.goneAt - zero).replaceAll('\u00A0', ' ');
      const ended = markdown
        .split('\n')
        .filter((line) => line.endsWith('The fault was removed (Chaos Studio: Success). |'));
      expect(ended.map((line) => line.split(' | ').slice(0, 2))).toEqual([[`| ${gone}`, offset]]);
      const moments = card.filter((line) => /^\d\d:\d\d:\d\d UTC \(/.test(line));
      expect(moments).toContainEqual(
        expect.stringMatching(
          new RegExp(
            `^${gone} UTC \\(${offset.replace('+', '\\+')}\\) fault removed \\(Chaos Studio: Success\\)$`,
          ),
        ),
      );
      expect(moments.map((line) => line.slice(0, 8))).toEqual(
        moments.map((line) => line.slice(0, 8)).toSorted(),
      );
      const podAt = moments.findIndex((line) => line.includes('pod-x: '));
      const outageAt = moments.findIndex((line) => / lost in .*pod-x, /.test(line));
      const caused = evidenceOf(json).find((from) => from > course.faultAt + podMs);
      if (outageAt < 0 || caused === undefined || podAt < 0) return;
      const later = moments.findLastIndex((line) => / lost in /.test(line));
      expect(later).toBeGreaterThan(podAt);
    });
  });

  test('of shares, with one precision', () => {
    check(({ markdown, card }) => {
      const row = (title: string) =>
        markdown
          .split('\n')
          .find((line) => line.startsWith(`| ${title} |`))
          ?.split(' | ')
          .slice(1)
          .map((cell) => cell.replace(/ \|$/, ''));
      const cells = (title: string) => {
        const at = card.indexOf(title);
        return card.slice(at + 1, at + 4);
      };
      expect(cells('Availability')).toEqual(row('Availability'));
      expect(cells('95% CI')).toEqual(row('95 % interval'));
      expect(cells('p50 of right answers')).toEqual(row('p50 of right answers'));
      const own = [...markdown.split('\n'), ...card].filter(
        (line) => !/happen again|Only .* of the predictions due|really|evidence/.test(line),
      );
      const shares = own.flatMap((line) => line.match(/\d+(\.\d+)? ?%/g) ?? []);
      for (const share of shares) expect(share).toMatch(/^(\d+|\d+\.\d\d) ?%$/);
    });
  });
});

function printExpected(outage: JsonOutage | undefined): string {
  if (!outage) return 'none';
  const { lengthMs, exact } = outage;
  const tenths = Math.round(lengthMs / 100) / 10;
  const length =
    lengthMs < 1_000 ? `${lengthMs}ms` : `${tenths < 10 ? tenths : Math.round(lengthMs / 1_000)}s`;
  return exact ? length : `about ${length}`;
}

/** By the predictions themselves. */
function expectTrueSpan(outage: JsonOutage, results: readonly PredictionResult[]): void {
  const { from, until, lengthMs, exact, lost, sent } = outage;
  if (!exact) {
    expect(lengthMs % 1_000).toBe(0);
    // It is exact where all that was due was measured, and a good one came after it.
    const isKnown = results.every(({ kind }) => kind === 'measured');
    const last = results.at(-1);
    expect(isKnown && last?.kind === 'measured' && last.outcome === 'good').toBe(false);
    return;
  }
  const measured = results.filter((result) => result.kind === 'measured');
  const within = measured.filter(({ dueAt }) => dueAt >= from && dueAt < until);
  expect(within).toHaveLength(sent);
  const lostIn = within.filter(({ outcome }) => outcome !== 'good');
  expect(lostIn).toHaveLength(lost);
  expect(lostIn[0]?.dueAt).toBe(from);
  const lastAt = lostIn.at(-1)?.dueAt ?? NaN;
  const next = measured.find(({ dueAt, outcome }) => outcome === 'good' && dueAt > lastAt);
  expect([until, lengthMs]).toEqual([next?.dueAt, until - from]);
}

test('an outage of which nothing was good, and the next good one came in the next second, is exact', () => {
  const at = (second: number) => startOfTime + second * 1_000;
  const course: Course = {
    baselineAt: at(0),
    startAt: at(5),
    faultAt: at(6),
    goneAt: at(12),
    afterAt: at(13),
    endAt: at(18),
    recovered: true,
  };
  const results = Array.from({ length: 180 }, (_, index) => {
    const dueAt = at(0) + index * 100 + 7;
    return toMeasured(dueAt, dueAt >= at(7.1) && dueAt < at(9) ? 'refused' : 'good');
  });
  const report = toReport(recordRun(course, results), { version: '0.1.0' });
  expect(report.course.outages).toMatchObject([
    { from: at(7.1) + 7, until: at(9) + 7, lengthMs: 1_900, exact: true, lost: 19, sent: 19 },
  ]);
});
