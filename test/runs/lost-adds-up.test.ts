import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  countLosses,
  listAllOutages,
  type AttributedLosses,
} from '../../src/domain/attribution.ts';
import { toImpact } from '../../src/domain/impact.ts';
import { toLossSpans } from '../../src/domain/loss-spans.ts';
import { toLostTotals } from '../../src/domain/lost-totals.ts';
import { countLost as countLostIn } from '../../src/domain/prediction-stream.ts';
import { foldRun } from '../../src/domain/run.ts';
import { toSpending } from '../../src/domain/spending.ts';
import { toKeyFigures } from '../../src/reports/key-figures.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { startOfTime } from '../support/proposal.ts';
import { countTruth, scripts, toResults } from '../support/random-course.ts';
import { recordRun, type Course } from '../support/recorded-run.ts';
import { beginOf, conductTwice, first, swapped, type Staging } from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

const countLost = (...given: Parameters<typeof countTruth>) => countTruth(...given).lost;

const addUp = (counts: Partial<AttributedLosses>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('what a run has lost from its start request to its recovery', () => {
  test('is one number wherever it is said: parts, cost, attribution and headline add up to it', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const { course } = script;
        const { startAt, faultAt, goneAt, afterAt, endAt, recovered } = course;
        const results = toResults(script);
        const journal = recordRun(course, results);
        const run = foldRun(journal);
        const lost = countLost(results, startAt, recovered ? afterAt : endAt);
        const spending = toSpending(run);
        expect(spending?.lost).toBe(lost);
        expect(spending?.parts).toEqual([
          { name: 'preparing', ...countTruth(results, startAt, faultAt) },
          { name: 'fault', ...countTruth(results, faultAt, goneAt) },
          { name: 'waiting', ...countTruth(results, goneAt, afterAt) },
          ...(recovered ? [] : [{ name: 'after', ...countTruth(results, afterAt, endAt) }]),
        ]);
        const spans = toLossSpans(run);
        expect([spans?.before, spans?.fault, spans?.later].map((span) => span?.lost)).toEqual([
          countLost(results, startAt, faultAt),
          countLost(results, faultAt, recovered ? afterAt : endAt),
          recovered ? countLost(results, afterAt, endAt) : undefined,
        ]);
        for (const { lost: ofSpan, seconds } of Object.values(spans ?? {}))
          expect(countLostIn(seconds)).toBe(ofSpan);
        expect(addUp(countLosses(run))).toBe(lost);
        const report = toReport(journal, { version: '0.1.0' });
        expect(addUp(report.attribution ?? {})).toBe(lost);
        const figure = toKeyFigures(report).find(({ name }) => name === 'Predictions lost');
        const underFault = report.phases.find(({ name }) => name === 'fault');
        const total = `${lost} of ${spending?.sent}`;
        // There are no key figures of a fault under which nothing was measured.
        expect(figure?.value).toBe(underFault?.availability === null ? undefined : total);
      }),
      { numRuns: 100, seed: 20_261_126 },
    );
  });

  const untilMs = 59_400;
  /** A fault that loses predictions up to its end, and for a part of a second longer. */
  const losing: Staging = {
    changes: (_, beganAt) => swapped(first, beganAt, untilMs),
    loses: (dueAt, stage) => Math.abs(dueAt - beginOf(stage) - untilMs + 700) < 1_300,
  };

  test('is one number after a restart right after the fault, which lost predictions up to its end and beyond', async () => {
    const isKilled = (current: Stage) => current.run().phase === 'recover';
    const stage = await conductTwice(losing, { isKilled, awayMs: 8_000 }, { guards: [] });
    const run = stage.run();
    expect(run.recovered?.waiting?.unmeasured?.restart).toBeGreaterThan(0);
    expect(toSpending(run)?.lost).toBe(25);
    expect(addUp(countLosses(run))).toBe(25);
    expect(listAllOutages(run)).toMatchObject([{ lost: 25 }]);
  });

  test('is one number after a restart before a checkpoint knew that the start was asked for', async () => {
    const isKilled = (current: Stage) => current.run().phase === 'observe';
    const running = { state: 'running', status: 'Running' } as const;
    const stage = await conductTwice(
      {
        ...losing,
        report: (_, usual) => (usual.state === 'preparing' ? { ...usual, ...running } : usual),
      },
      { isKilled, awayMs: 8_000 },
      { guards: [] },
    );
    const run = stage.run();
    expect(toSpending(run)).toMatchObject({ lost: 25, span: { from: 'start-request' } });
    expect(addUp(countLosses(run))).toBe(25);
  });

  test('is known where a journal says nothing of the time between the phases, in whole seconds', () => {
    const course: Course = {
      baselineAt: startOfTime,
      startAt: startOfTime + 5_000,
      faultAt: startOfTime + 8_000,
      goneAt: startOfTime + 15_000,
      afterAt: startOfTime + 18_000,
      endAt: startOfTime + 22_000,
      recovered: true,
    };
    const bursts = [
      { from: 13_000, ms: 4_000, what: 'lost' },
      { from: 19_000, ms: 1_000, what: 'lost' },
    ] as const;
    const results = toResults({ course, jitter: [0], bursts });
    const journal = recordRun(course, results).map((entry) => {
      if (entry.event.type !== 'recovery-judged') return entry;
      const { preparing: _preparing, waiting: _waiting, ...event } = entry.event;
      return { ...entry, event };
    });
    const run = foldRun(journal);
    expect(toSpending(run)).toEqual({
      lost: 40,
      sent: 100,
      ms: 4_000,
      span: { from: 'fault', until: 'recovery' },
    });
    expect(addUp(countLosses(run))).toBe(40);
  });

  test('leaves what was good within an outage out of what was measured outside of it', () => {
    const course: Course = {
      baselineAt: startOfTime,
      startAt: startOfTime + 30_000,
      faultAt: startOfTime + 33_000,
      goneAt: startOfTime + 63_000,
      afterAt: startOfTime + 63_000,
      endAt: startOfTime + 93_000,
      recovered: true,
    };
    const bursts = [
      { from: 40_000, ms: 1_000, what: 'lost' },
      { from: 42_000, ms: 1_000, what: 'lost' },
    ] as const;
    const run = foldRun(recordRun(course, toResults({ course, jitter: [0], bursts })));
    expect(toLostTotals(run)).toMatchObject({
      sent: 330,
      outages: 1,
      inOutages: 20,
      outside: { lost: 0, sent: 300 },
    });
    const half = [{ from: 40_300, ms: 500, what: 'lost' }] as const;
    const other = foldRun(recordRun(course, toResults({ course, jitter: [0], bursts: half })));
    const [outage] = listAllOutages(other);
    expect(outage).toMatchObject({ lost: 5, sent: 5 });
    expect(toLostTotals(other)).toMatchObject({ sent: 330, outside: { lost: 0, sent: 325 } });
  });

  test('is in the same outage wherever it is said, also where a run of hours has its seconds merged', () => {
    const course: Course = {
      baselineAt: startOfTime,
      startAt: startOfTime + 15_000,
      faultAt: startOfTime + 25_000,
      goneAt: startOfTime + 70 * 60_000,
      afterAt: startOfTime + 70 * 60_000,
      endAt: startOfTime + 71 * 60_000,
      recovered: true,
    };
    const bursts = [{ from: 30_000, ms: 20_000, what: 'lost' }] as const;
    const journal = recordRun(course, toResults({ course, jitter: [0], bursts }));
    const run = foldRun(journal);
    const fault = toLossSpans(run)?.fault;
    expect(fault && toImpact(fault, listAllOutages(run)).impact).toMatchObject({
      lost: 200,
      noticed: 'outage',
      outages: 1,
      outside: 0,
    });
    expect(toLostTotals(run)).toMatchObject({ outages: 1, inOutages: 200, outside: { lost: 0 } });
    expect(countLosses(run)).toMatchObject({ background: 0 });
  });
});
