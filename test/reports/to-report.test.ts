import { describe, expect, test } from '@jest/globals';
import { parseCommand } from '../../src/domain/parse-command.ts';
import { printCommand } from '../../src/domain/print-command.ts';
import { describeCause } from '../../src/domain/describe-attribution.ts';
import { toConsequenceFacts } from '../../src/reports/describe-consequences.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import { toChartWords } from '../../src/reports/chart-words.ts';
import { toPodLanes } from '../../src/reports/to-pod-lanes.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { toTimeline } from '../../src/reports/to-timeline.ts';
import { reportJournals } from '../support/report-gallery.ts';
import { toJournal } from '../support/story-journal.ts';
import { sampleProposed, startOfTime } from '../support/proposal.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { foldRun } from '../../src/domain/run.ts';
import { printPeaks } from '../../src/cards/describe-guards.ts';

const version = '0.1.0';
const held = toReport(reportJournals.held, { version });
const deviated = toReport(reportJournals.deviated, { version });
const rehearsed = toReport(reportJournals.rehearsed, { version });
const aborted = toReport(reportJournals.aborted, { version });
const at = (second: number) => startOfTime + second * 1_000;

describe('a report', () => {
  test.each([
    ['held', held, 'Held in this run', 'good'],
    ['deviated', deviated, 'Deviated', 'bad'],
    ['rehearsed', rehearsed, 'Rehearsed, nothing injected', 'neutral'],
    ['aborted', aborted, 'Aborted by a guard · Deviated', 'bad'],
  ] as const)('says that a run %s', (_name, { outcome }, word, tone) => {
    expect(outcome).toMatchObject({ word, tone });
    expect(outcome.why.length).toBeGreaterThan(20);
  });

  test('never speaks of a fault where one was only rehearsed, and says what was set aside', () => {
    const page = renderPage(rehearsed);
    expect(page).not.toMatch(
      /The fault lasted|During the fault|under the fault<|after the fault<|fault was confirmed/,
    );
    expect(page).toContain('A rehearsal: nothing was injected.');
    expect(page).toContain(
      'The start of a fault was not tried, nor the permissions that it needs on the cluster.',
    );
    expect(page).toContain('set aside: the auditors are here');
    expect(page).toMatch(/>Rehearsal without a fault, 60s</);
    expect(rehearsed.reproduce).toContain('rehearse');
  });

  test('says of a rehearsal that its end was asked for, not that of a fault', () => {
    const run = foldRun(reportJournals.rehearsed);
    const event = { type: 'cancel-requested', because: 'somebody said stop' } as const;
    const entries = [{ runId: run.id, sequence: 1, at: 0, event }];
    const moments = toTimeline(run, entries, held.course);
    expect(moments.map(({ what }) => what)).toContain('The end of the rehearsal was asked for.');
  });

  test('says who asked to stop a run whose fault was gone already', () => {
    const run = foldRun(reportJournals.held);
    const by = { ...run.proposal.proposer, name: 'Mei Lin' };
    const event = { type: 'stop-came-late', by, via: { kind: 'card' }, saidAt: 5 } as const;
    const entries = [{ runId: run.id, sequence: 1, at: 9, event }];
    const moment = toTimeline(run, entries, held.course).find(({ what }) =>
      what.startsWith('Mei Lin'),
    );
    expect(moment).toMatchObject({
      at: 5,
      what: expect.stringMatching(/nothing was left to stop/),
    });
  });

  test('has each second once and in order, whatever phases overlap', () => {
    const { seconds } = held.course;
    expect(seconds.map((second) => second.at)).toEqual(
      Array.from({ length: 130 }, (_, index) => at(20 + index)),
    );
    expect(seconds.reduce((sum, { sent }) => sum + sent, 0)).toBe(1_300);
  });

  test('takes a minute that was merged for a minute', () => {
    const minute = { at: at(60), spanMs: 60_000, sent: 600, good: 590, failures: {} };
    const journal = reportJournals.held.map((entry) =>
      entry.event.type === 'observed'
        ? {
            ...entry,
            event: {
              ...entry.event,
              measurement: { ...entry.event.measurement, seconds: [minute] },
            },
          }
        : entry,
    );
    const { course } = toReport(journal, { version });
    expect(course.outages).toMatchObject([{ from: at(60), until: at(120), lost: 10 }]);
    expect(toChartWords({ ...held, course })).toContain('failed in 60 of 122 seconds');
  });

  test('puts parts of one second together, and of two accounts of a second takes the fuller', () => {
    const second = { at: at(59), sent: 4, good: 4, failures: {} };
    const rest = { at: at(59) + 400, sent: 6, good: 5, failures: { refused: 1 } };
    const journal = reportJournals.held.map((entry) =>
      entry.event.type === 'observed'
        ? {
            ...entry,
            event: {
              ...entry.event,
              measurement: { ...entry.event.measurement, seconds: [second, rest] },
            },
          }
        : entry,
    );
    const { seconds } = toReport(journal, { version }).course;
    expect(seconds.find((each) => each.at === at(59))).toEqual({ at: at(59), sent: 10, good: 9 });
  });

  test('joins failing seconds to outages and attributes them to what happened to pods', () => {
    expect(deviated.course.outages).toMatchObject([
      { from: at(60), until: at(74), lost: 56, sent: 140, failures: { refused: 28, timeout: 28 } },
      { from: at(96), until: at(101), lost: 35, sent: 50 },
    ]);
    const [, outage] = deviated.course.outages;
    expect(outage?.causes.map(describeCause)).toEqual([
      'diabetes-7c9f6d-9wlrt, in rotation then: not ready (terminating, evicted), deleted, out of rotation after 0.2s, replaced by diabetes-7c9f6d-nm5vd, ready again after 7s',
      'node aks-nodepool1-31415926-vmss000001, at the same time, which may be a coincidence: cordoned',
      'node aks-nodepool1-31415926-vmss000001, at the same time, which may be a coincidence: not ready (NodeStatusUnknown), rebooted, ready again after 14s',
    ]);
    expect(outage?.lostBy).toEqual({ answer: 0, rotation: 28, coincidence: 7, unexplained: 0 });
    expect(deviated.timeline.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        'diabetes-7c9f6d-4xkqz: out of rotation of service diabetes',
        'diabetes-7c9f6d-nm5vd: created in place of diabetes-7c9f6d-9wlrt',
        'node aks-nodepool1-31415926-vmss000001: cordoned',
      ]),
    );
    expect(held.course.outages[1]).toMatchObject({ lost: 1 });
  });

  test('has the exact interval of each phase', () => {
    const [before, fault] = deviated.phases;
    expect(before).toMatchObject({ name: 'before', sent: 320, good: 320, availability: 1 });
    // R: binom.test(320, 320)$conf.int
    expect(before?.interval?.lower).toBeCloseTo(0.988538, 5);
    expect(fault).toMatchObject({ name: 'fault', sent: 620, good: 529, finding: 'deviated' });
  });

  test('tells asked from actual', () => {
    expect(deviated.fault).toMatchObject({
      asked: 'pod-failure, mode one, for 60s',
      askedMs: 60_000,
      startRequestedAt: at(53),
      activeAt: at(61),
      span: { from: at(60), until: at(122) },
      endedAs: 'Success',
    });
  });

  test('says what the fault changed, cost and left behind', () => {
    expect(toConsequenceFacts(deviated)).toEqual([
      {
        name: 'Change vs. baseline',
        value: expect.stringMatching(/^availability was 14\.7 points lower /),
      },
      { name: 'Would it happen again?', value: expect.stringMatching(/^Not known: the longest/) },
      {
        name: 'Cost',
        value:
          '91 of 690 predictions failed from the start request to recovery (0 of 70 before the fault was active, 91 of 620 during the fault), equal to 9.1s of full outage',
      },
      {
        name: 'Attribution',
        value:
          'Of 91 predictions that failed from the start request to recovery: 48 while disturbed pods were in rotation; 43 at the same time as disturbances, which may be a coincidence',
      },
      { name: 'Pods ready again', value: '2s after the fault' },
      { name: 'First right prediction', value: 'at once after the fault' },
      { name: 'Last lost prediction', value: 'none after the fault' },
      { name: 'At the p99 of the baseline', value: expect.stringContaining('after the fault') },
    ]);
  });

  test('says of each guard whether it tripped and how near it came', () => {
    expect(aborted.guards.map(({ decision }) => decision)).toEqual(['tripped', 'kept']);
    const [floor] = deviated.guards;
    expect(floor).toMatchObject({ decision: 'kept' });
    expect(floor?.detail).toMatch(
      /^Lowest availability over 10s: 60%, in the whole seconds until 09:01:\d\d UTC \(floor 50%\)\.$/,
    );
    const run = foldRun(reportJournals.deviated);
    expect(`${printPeaks(run)}.`.toLowerCase()).toContain(floor?.detail.toLowerCase());
  });

  test.each([
    [3, /about \d+(\.\d)?% of the way to ending the fault/],
    [9, /enough in one whole second, but not after any single prediction/],
  ])('of a guard that weighs evidence, when %i are lost in one second', (lost, words) => {
    const journal = toJournal({
      faultAt: 60,
      goneAt: 120,
      endAt: 150,
      leastReady: 2,
      lost: (second) => (second === 61 ? lost : 0),
      changes: [],
      proposal: {
        guards: [{ kind: 'availability-drop', from: 0.95, to: 0.5, falseAlarms: 0.01 }],
      },
    });
    expect(toReport(journal, { version }).guards[0]).toMatchObject({
      decision: 'kept',
      detail: expect.stringMatching(words),
    });
  });

  test('ends with the hash of the last entry of the journal', () => {
    const last = reportJournals.held.at(-1);
    expect(held.journal).toEqual({ entries: last?.sequence, lastHash: last?.hash });
  });

  test('gives a command that is understood as the same experiment', () => {
    const command = parseCommand(held.reproduce);
    if ('message' in command) throw new Error(command.message);
    expect(`/chaos ${printCommand(command)}`).toBe(held.reproduce);
    expect(command).toMatchObject({
      experiment: 'pod-failure',
      parameters: { durationMs: 60_000, tolerances: held.hypothesis.tolerances },
    });
  });

  test('keeps keys out of the scoring address', () => {
    const { service } = sampleProposed().proposal;
    const uri = 'https://user:secret@host/score?code=secret#secret';
    const event = sampleProposed({ service: { ...service, scoring: { ...service.scoring, uri } } });
    const report = toReport([{ runId: 'r-7k2mq4' as RunId, sequence: 1, at: 0, event, hash: '' }], {
      version,
    });
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(JSON.stringify(report)).toContain('https://host/score');
  });

  test('has the pods by the start where a rollout replaced those of the proposal', () => {
    const pods = [1, 2].map((index) => {
      const name = `diabetes-new-${index}`;
      return { name, uid: name, node: `node-${index}`, ready: true };
    });
    const change = { at: at(70), pod: 'diabetes-new-2', kind: 'not-ready', detail: '' } as const;
    const journal = reportJournals.held.map((entry) => {
      const { event } = entry;
      if (event.type === 'start-requested') return { ...entry, event: { ...event, pods } };
      if (event.type !== 'observed' && event.type !== 'recovery-judged') return entry;
      const { measurement } = event;
      const changes = event.type === 'observed' ? [change] : [];
      const seen = { ...measurement, pods: { ...measurement.pods, changes } };
      return { ...entry, event: { ...event, measurement: seen } };
    });
    const report = toReport(journal, { version });
    expect(report.course.lanes.map(({ pod, spans }) => [pod, spans[0]?.state])).toEqual([
      ['diabetes-new-1', 'ready'],
      ['diabetes-new-2', 'ready'],
    ]);
    expect(report.pods).toMatchObject([{ pod: 'diabetes-new-2', node: 'node-2' }]);
  });

  test('can be written of a run that has only been proposed', () => {
    const report = toReport(reportJournals.held.slice(0, 1), { version });
    expect(report).toMatchObject({
      outcome: { word: 'Not ended yet' },
      phases: [],
      course: { seconds: [], lanes: [] },
      fault: { span: null, seen: null },
    });
  });
});

describe('the lane of a pod', () => {
  const span = { from: 0, until: 100 };
  const pod = { name: 'a', uid: 'u', node: 'n', ready: true, imageIds: [] };
  const change = (
    when: number,
    kind: 'created' | 'deleted' | 'ready' | 'not-ready' | 'restarted',
  ) => ({ at: when, pod: 'a', kind, detail: '' }) as const;

  test('follows its changes from end to end', () => {
    const [lane] = toPodLanes(
      [pod],
      [change(10, 'not-ready'), change(20, 'restarted'), change(40, 'ready')],
      span,
    );
    expect(lane).toEqual({
      pod: 'a',
      spans: [
        { from: 0, until: 10, state: 'ready' },
        { from: 10, until: 40, state: 'not-ready' },
        { from: 40, until: 100, state: 'ready' },
      ],
      restarts: [20],
    });
  });

  test('marks a restart that leaves the pod ready, and stays ready', () => {
    expect(toPodLanes([pod], [change(20, 'restarted')], span)).toEqual([
      { pod: 'a', spans: [{ from: 0, until: 100, state: 'ready' }], restarts: [20] },
    ]);
  });

  test('begins where a pod came, and ends where it went', () => {
    const [lane] = toPodLanes(
      [],
      [change(30, 'created'), change(35, 'ready'), change(90, 'deleted')],
      span,
    );
    expect(lane?.spans.map(({ state }) => state)).toEqual(['gone', 'not-ready', 'ready', 'gone']);
  });

  test('keeps to the time that is shown', () => {
    const [lane] = toPodLanes([pod], [change(-5, 'not-ready'), change(120, 'ready')], span);
    expect(lane?.spans).toEqual([{ from: 0, until: 100, state: 'not-ready' }]);
  });
});
