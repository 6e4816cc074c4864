import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import schema from '../../docs/report.schema.json' with { type: 'json' };
import { failureKinds, unmeasuredReasons } from '../../src/domain/measurement.ts';
import { sightProblemCodes } from '../../src/domain/sight-problem.ts';
import { renderJson } from '../../src/reports/render-json.ts';
import { toReport, type JournalOfRun } from '../../src/reports/to-report.ts';
import { reportJournals } from '../support/report-gallery.ts';

const validate = new Ajv2020({ allErrors: true }).compile(schema);
const toJson = (journal: JournalOfRun) => {
  const sampled = { kept: 600 };
  return JSON.parse(renderJson(toReport(journal, { version: '0.1.0', sampled })));
};
const stages = Object.entries(reportJournals).flatMap(([name, journal]) =>
  journal.map((_, index) => [name, index + 1, journal.slice(0, index + 1)] as const),
);

/** The fields of an object that its schema does not describe. */
function listUndescribed(value: object, { properties }: { properties: object }): string[] {
  return Object.keys(value).filter((name) => !(name in properties));
}

describe('the JSON of a report', () => {
  test.each(stages)('of a run that %s, after %i entries, follows its schema', (_name, _n, part) => {
    validate(toJson(part));
    expect(validate.errors ?? []).toEqual([]);
  });

  test.each(Object.entries(reportJournals))(
    'of a run that %s has no field that is not described',
    (_name, journal) => {
      const report = toJson(journal);
      expect(listUndescribed(report, schema)).toEqual([]);
      for (const phase of report.phases)
        expect(listUndescribed(phase, schema.$defs.phase)).toEqual([]);
      expect(listUndescribed(report.evidence, schema.$defs.evidence)).toEqual([]);
      expect(listUndescribed(report.fault.injection ?? {}, schema.$defs.injection)).toEqual([]);
      expect(listUndescribed(report.fault, schema.properties.fault)).toEqual([]);
      expect(listUndescribed(report.course, schema.properties.course)).toEqual([]);
      expect(listUndescribed(report.spending, schema.properties.spending)).toEqual([]);
      for (const outage of report.outages) {
        expect(listUndescribed(outage, schema.$defs.outage)).toEqual([]);
        expect(listUndescribed(outage.lostBy, schema.$defs.lostBy)).toEqual([]);
        for (const cause of outage.causes)
          expect(listUndescribed(cause, schema.$defs.cause)).toEqual([]);
      }
    },
  );

  test('has in each phase what was due, what of it was measured, and what not and why', () => {
    const [, fault] = toJson(reportJournals.interrupted).phases;
    expect(fault).toMatchObject({
      due: 600,
      sent: 530,
      good: 524,
      lost: { refused: 3, timeout: 3 },
      unmeasured: { restart: 70 },
      gaps: [{ due: 70, reason: 'restart' }],
      schedule: { p50ErrorMs: 0.2, p99ErrorMs: 1.1, maxErrorMs: 3.9 },
    });
    expect(fault.gaps[0].until - fault.gaps[0].from).toBe(7_000);
  });

  test('has the verdict as a code, the evidence, the approvals, the digest and the outages', () => {
    const { verdict, evidence, approvals, digest, outages } = toJson(reportJournals.deviated);
    expect(verdict).toMatchObject({ code: 'deviated', ending: 'completed' });
    expect(verdict.findings.map(({ phase }: { phase: string }) => phase)).toEqual([
      'before',
      'fault',
      'after',
    ]);
    expect(evidence.seen.text).toContain('not ready');
    expect(evidence.journal.entries).toBe(reportJournals.deviated.length);
    expect(approvals[0].digest).toBe(digest);
    expect(outages).toHaveLength(2);
  });

  test('has what shows the injection, and how it differs from what was approved', () => {
    const { evidence, fault } = toJson(reportJournals['not as approved']);
    expect(evidence.injection).toMatchObject({
      source: 'chaos-mesh',
      approvedPods: { least: 1, most: 1 },
      mismatches: [{ code: 'more-pods', hit: 2, approved: 1 }],
      cutShort: null,
      carrying: [],
    });
    expect(evidence.injection.hit).toHaveLength(2);
    expect(evidence.injection.others).toHaveLength(1);
    expect(fault.injection).toEqual(evidence.injection);
    const left = toJson(reportJournals['left behind']).evidence.injection;
    expect(left).toMatchObject({ source: 'signature', cutShort: 'failure' });
    expect(left.carrying[0].images[0]).toContain('pause');
    expect(toJson(reportJournals.aborted).evidence.injection.cutShort).toBe('guard');
    expect(toJson(reportJournals.held).evidence.injection.source).toBeNull();
    expect(toJson(reportJournals.rehearsed).evidence.injection).toBeNull();
    expect(toJson(reportJournals.held.slice(0, 3)).evidence.injection).toBeNull();
  });

  test.each(['more-pods', 'too-short'])('refuses a difference without numbers: %s', (code) => {
    const report = toJson(reportJournals['not as approved']);
    report.evidence.injection.mismatches = [{ code }];
    expect(validate(report)).toBe(false);
  });

  test('names every kind of failure and every cause for not measuring', () => {
    expect(schema.$defs.lost.propertyNames.enum).toEqual(failureKinds);
    expect(schema.$defs.unmeasured.propertyNames.enum).toEqual(unmeasuredReasons);
    expect(schema.$defs.gap.properties.reason.enum).toEqual(unmeasuredReasons);
    const { code } =
      schema.properties.course.properties.sightGaps.items.properties.cause.properties;
    expect(code.enum).toEqual(['restart', 'paused', ...sightProblemCodes, 'status']);
  });
});
