import { describe, expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import type { PhaseMeasurement, PredictionMeasurement } from '../../src/domain/measurement.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { reportJournals } from '../support/report-gallery.ts';

const run = foldRun(reportJournals.held);

/** The run with other seconds under its fault: how many of ten predictions fail in each. */
function withLosses(lost: readonly number[], change: Partial<Run> = {}): Run {
  const from = run.observed?.measurement.startedAt ?? 0;
  const seconds = lost.map((count, index) => ({
    at: from + index * 1_000,
    sent: 10,
    good: 10 - count,
    failures: count === 0 ? {} : { timeout: count },
  }));
  const sum = lost.reduce((all, count) => all + count, 0);
  return {
    ...run,
    ...toPhases({ seconds, sent: 10 * lost.length, good: 10 * lost.length - sum }),
    ...change,
  };
}

/** Nothing is lost after the fault. */
function toPhases({
  seconds,
  sent,
  good,
  ...more
}: Pick<PhaseMeasurement, 'seconds'> &
  Pick<PredictionMeasurement, 'sent' | 'good'> &
  Partial<PredictionMeasurement>): Partial<Run> {
  const { observed, recovered } = run;
  if (!observed || !recovered) throw new TypeError('The run was not measured.');
  const predictions = { ...observed.measurement.predictions, sent, good, ...more };
  return {
    observed: { ...observed, measurement: { ...observed.measurement, seconds, predictions } },
    recovered: { ...recovered, measurement: { ...recovered.measurement, seconds: [] } },
  };
}

const lostIn = (length: number, lost: Readonly<Record<number, number>>) =>
  Array.from({ length }, (_, second) => lost[second] ?? 0);
const say = (one: Run) => {
  const headline = toHeadline(one);
  return headline && printHeadline(headline);
};
const end = run.end ?? { ending: 'completed', verdict: 'held', why: '', at: 0 };

describe('what a run means for users', () => {
  test('is unknown while it goes on', () => {
    const { end: _end, ...open } = run;
    expect(toHeadline(open)).toBeUndefined();
  });

  test('nothing failed', () => {
    expect(say(withLosses(lostIn(60, {})))).toBe(
      'None of 600 predictions failed while one pod was down; users would not have noticed.',
    );
  });

  test('few failed, for a moment', () => {
    expect(say(withLosses(lostIn(60, { 3: 3 })))).toBe(
      '3 of 600 predictions failed within 1s while one pod was down; users would hardly have noticed.',
    );
    expect(say(withLosses(lostIn(60, { 3: 2, 30: 1, 31: 1 })))).toBe(
      '4 of 600 predictions failed in 2 episodes of at most 2s while one pod was down; users would hardly have noticed.',
    );
  });

  test('some failed until nothing was measured, and nobody knows for how long', () => {
    const bound = (lost: Readonly<Record<number, number>>, from: number) => {
      const { observed, ...phases } = withLosses(lostIn(60, lost));
      if (!observed) throw new TypeError('The run was not measured.');
      const seconds = observed.measurement.seconds.map((second, index) =>
        index === from ? { ...second, sent: 0, good: 0, unmeasured: 10 } : second,
      );
      return say({
        ...phases,
        observed: { ...observed, measurement: { ...observed.measurement, seconds } },
      });
    };
    expect(bound({ 3: 3 }, 4)).toBe('3 of 600 predictions failed while one pod was down.');
    expect(bound({ 3: 2, 30: 2 }, 31)).toBe(
      '4 of 600 predictions failed in 2 episodes while one pod was down.',
    );
    expect(bound(Object.fromEntries([3, 4, 5, 6, 7, 8].map((at) => [at, 10])), 9)).toMatch(
      /^The service was out for about 6s or longer while one pod was down: /,
    );
  });

  test('one failed, which took no time that anybody knows', () => {
    expect(say(withLosses(lostIn(60, { 3: 1 })))).toBe(
      '1 of 600 predictions failed while one pod was down; users would hardly have noticed.',
    );
  });

  test('some failed in an outage, and others scattered long after it', () => {
    const scattered = Object.fromEntries([30, 33, 36, 39, 42].map((second) => [second, 1]));
    expect(say(withLosses(lostIn(60, { 3: 3, ...scattered })))).toBe(
      '8 of 600 predictions failed while one pod was down; some users would have noticed. Nothing that was seen of pods or nodes explains 5 of the 8.',
    );
  });

  test('says how long the service was out by what its first and last second lost', () => {
    const lost = lostIn(60, { 3: 5, 4: 10, 5: 10, 6: 10, 7: 10, 8: 10, 9: 5 });
    expect(say(withLosses(lost))).toContain('for about 6s while one pod was down');
  });

  test('says what failed when the fault was over, which no pod that was down explains', () => {
    const after = (lost: number, during: number): Run => {
      const given = withLosses(lostIn(60, { 59: during }));
      const { recovered } = given;
      if (!recovered?.waiting) throw new TypeError('The wait was not recorded.');
      const { sent } = recovered.waiting;
      const waiting = { ...recovered.waiting, good: sent - lost, failures: { timeout: lost } };
      return { ...given, recovered: { ...recovered, waiting } };
    };
    expect(say(after(2, 0))).toContain('failed after the fault was over;');
    expect(say(after(2, 1))).toContain(
      'while one pod was down (1) and after the fault was over (2)',
    );
  });

  test('is no comfort where the verdict says otherwise', () => {
    const deviated = { end: { ...end, verdict: 'deviated' as const } };
    expect(say(withLosses(lostIn(60, { 3: 3 }), deviated))).toBe(
      '3 of 600 predictions failed within 1s while one pod was down.',
    );
  });

  test('some failed, over a while', () => {
    const spread = Object.fromEntries(Array.from({ length: 20 }, (_, second) => [second, 2]));
    expect(say(withLosses(lostIn(60, spread)))).toBe(
      '40 of 600 predictions failed within 20s while one pod was down; some users would have noticed.',
    );
  });

  test('the service was out', () => {
    const out = Object.fromEntries(Array.from({ length: 12 }, (_, second) => [second + 2, 10]));
    expect(say(withLosses(lostIn(60, out)))).toBe(
      'The service was out for about 12s while one pod was down: 120 of 600 predictions failed; users would have noticed.',
    );
    const most = Object.fromEntries(Array.from({ length: 6 }, (_, second) => [second + 2, 7]));
    expect(say(withLosses(lostIn(60, { ...most, 20: 1, 22: 1, 24: 1, 26: 1, 28: 1, 30: 1 })))).toBe(
      'The service failed most predictions for about 6s while one pod was down: 48 of 600 predictions failed; users would have noticed.',
    );
  });

  test.each([
    ['wrong', 'a wrong answer'],
    ['malformed', 'an unusable answer'],
  ] as const)('answers were %s', (kind, words) => {
    const wrong = withLosses(lostIn(60, {}));
    const { observed } = wrong;
    if (!observed) throw new TypeError('The run was not measured.');
    const second = {
      at: observed.measurement.startedAt,
      sent: 10,
      good: 8,
      failures: { [kind]: 2 },
    };
    const failures = { [kind]: 2 };
    const phases = toPhases({ seconds: [second], sent: 600, good: 598, failures });
    expect(say({ ...wrong, ...phases })).toBe(
      `2 of 600 predictions failed within 1s while one pod was down, 2 of them with ${words}.`,
    );
  });

  test('predictions were slow', () => {
    const { latency: before } = run.baseline?.measurement.predictions ?? {};
    if (!before) throw new TypeError('The baseline has no latency.');
    const sayTimes = (p50: number, p95: number) => {
      const slow = { ...before, p50Ms: p50 * before.p50Ms, p95Ms: p95 * before.p95Ms };
      return say({ ...run, ...toPhases({ seconds: [], sent: 600, good: 600, latency: slow }) });
    };
    const none = 'None of 600 predictions failed while one pod was down';
    expect(sayTimes(1, 1)).toBe(`${none}; users would not have noticed.`);
    expect(sayTimes(1.2, 52)).toBe(`${none}. The slowest 5% of answers took 52 times as long.`);
    expect(sayTimes(3.4, 1)).toBe(`${none}. A typical answer took 3.4 times as long.`);
    expect(sayTimes(3.4, 10)).toBe(
      `${none}. A typical answer took 3.4 times as long, the slowest 5% 10 times.`,
    );
  });

  test('part of it was not measured', () => {
    const phases = toPhases({ seconds: [], sent: 590, good: 590, unmeasured: { restart: 10 } });
    expect(say({ ...run, ...phases })).toBe(
      'None of 590 predictions failed while one pod was down; users would not have noticed. 10 more were due and could not be measured.',
    );
    const half = toPhases({ seconds: [], sent: 300, good: 300, unmeasured: { restart: 300 } });
    expect(say({ ...run, ...half })).toBe(
      'None of 300 predictions failed while one pod was down. 300 more were due and could not be measured.',
    );
  });

  test('nothing was measured', () => {
    expect(say({ ...run, ...toPhases({ seconds: [], sent: 0, good: 0 }) })).toBe(
      'No prediction under the fault could be judged, so nobody knows what users would have noticed.',
    );
  });

  test('the fault was never seen', () => {
    const { faultSeen: _seen, ...unseen } = run;
    expect(say({ ...unseen, end: { ...end, verdict: 'void' } })).toBe(
      'The fault was never seen to happen, so this run says nothing about the service under it.',
    );
  });

  test('nothing was injected', () => {
    const { startRequestedAt: _asked, ...before } = run;
    expect(say({ ...before, end: { ...end, ending: 'not-steady', verdict: null } })).toBe(
      'Nothing was injected, so this run says nothing about the service under the fault.',
    );
    expect(say(foldRun(reportJournals.rehearsed))).toBe(
      'Nothing was injected: this was a rehearsal. None of 670 predictions failed.',
    );
  });

  test('a guard ended the fault, or a person', () => {
    expect(say(foldRun(reportJournals.aborted))).toBe(
      'A guard ended the fault after 11s of 60s. The service failed most predictions for about 10s while one pod was down: 90 of 110 predictions failed; users would have noticed. Later on, 8 of 300 predictions failed.',
    );
    const { faultSeen: _seen, ...unseen } = foldRun(reportJournals.aborted);
    expect(say(unseen)).toMatch(
      /^A guard ended the fault after 11s of 60s\. The fault was never seen/,
    );
    const stop = { by: run.proposal.proposer, at: end.at };
    const stopped = {
      stop,
      cancelRequestedAt: run.faultEndedAt ?? 0,
      end: { ...end, verdict: null },
    };
    expect(say(withLosses(lostIn(20, {}), stopped))).toMatch(
      /^The fault was stopped after 60s\. None/,
    );
  });

  test('names the fault and how many pods it was meant for', () => {
    const of = (
      action: 'pod-kill' | 'container-kill',
      hit: { least: number; most: number },
      containerNames?: readonly string[],
    ) => {
      const { proposal } = run;
      const changed = {
        fault: { ...proposal.fault, action, ...(containerNames ? { containerNames } : {}) },
        blastRadius: { ...proposal.blastRadius, hit },
      };
      return say(withLosses(lostIn(60, {}), { proposal: { ...proposal, ...changed } }));
    };
    expect(of('pod-kill', { least: 1, most: 1 })).toContain('failed when one pod was killed;');
    expect(of('pod-kill', { least: 0, most: 2 })).toContain(
      'failed when up to 2 pods were killed;',
    );
    const one = { least: 1, most: 1 };
    expect(of('container-kill', one, ['scoring'])).toContain(
      'failed when a container of one pod was killed;',
    );
    expect(of('container-kill', one, ['scoring', 'proxy'])).toContain(
      'failed when containers of one pod were killed;',
    );
  });

  test('names how many other pods went down that the fault did not hit', () => {
    const injection = (others: readonly string[]): Run['injection'] => ({
      source: 'signature',
      hit: [{ pod: 'a', from: 0, until: null }],
      others,
      mismatches: [],
    });
    const sayOthers = (others: readonly string[]) =>
      say(withLosses(lostIn(60, { 3: 3 }), { injection: injection(others) }));
    expect(sayOthers(['b', 'c'])).toMatch(
      /\. Meanwhile 2 other pods went down that the fault did not hit\.$/,
    );
    expect(sayOthers(['b'])).toMatch(
      /\. Meanwhile 1 other pod went down that the fault did not hit\.$/,
    );
    expect(sayOthers([])).not.toContain('Meanwhile');
  });
});
