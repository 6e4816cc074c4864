import { describe, expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { concludeRun } from '../../src/domain/verdict.ts';
import { startOfTime } from '../support/proposal.ts';
import { recordRun, toMeasured, type Course } from '../support/recorded-run.ts';

const second = (count: number) => startOfTime + count * 1_000;
/** Azure prepares for 30 s, the fault lasts 60 s, and the service is measured for 30 s after 5 s. */
const course: Course = {
  baselineAt: second(0),
  startAt: second(30),
  faultAt: second(60),
  goneAt: second(120),
  afterAt: second(125),
  endAt: second(155),
  recovered: true,
};
type Times = readonly (readonly [from: number, until: number])[];

/** A run that lost everything that was due in these seconds, and held by its tolerances. */
function lose(times: Times, change: Partial<Course> = {}, goodAfterMs = 0): Run {
  const whole = { ...course, ...change };
  const count = (whole.endAt - whole.baselineAt) / 100;
  const results = Array.from({ length: count }, (_, index) => {
    const dueAt = whole.baselineAt + index * 100;
    const isLost = times.some(([from, until]) => dueAt >= second(from) && dueAt < second(until));
    return toMeasured(dueAt, isLost ? 'refused' : 'good');
  });
  const evidence = { at: whole.faultAt, pod: 'a', kind: 'image', detail: 'image' } as const;
  const { observed, recovered, ...run } = foldRun(recordRun(whole, results));
  if (!observed || !recovered) throw new TypeError('The run was not measured.');
  const judgement = { finding: 'held', tolerances: [] } as const;
  const recovery = { podsReadyAfterMs: 0, predictionsGoodAfterMs: goodAfterMs };
  return {
    ...run,
    observed: { ...observed, judgement },
    recovered: { ...recovered, judgement, recovery },
    faultSeen: evidence,
    end: { ending: 'completed', verdict: 'held', why: '', at: whole.endAt },
  };
}

function say(run: Run): string | undefined {
  const headline = toHeadline(run);
  return headline && printHeadline(headline);
}

describe('a headline', () => {
  test('says apart what failed when the service had been good again', () => {
    expect(
      say(
        lose([
          [60, 60.5],
          [135, 143],
        ]),
      ),
    ).toBe(
      '5 of 650 predictions failed within 500ms while one pod was down. Nothing that was seen of pods or nodes explains them. Later on, the service was out for about 8s: 80 of 300 predictions failed.',
    );
    expect(say(lose([[140, 155]]))).toBe(
      'None of 650 predictions failed while one pod was down. Later on, the service was out for about 15s: 150 of 300 predictions failed.',
    );
  });

  test('says apart what failed before the fault was active', () => {
    expect(say(lose([[40, 46]]))).toBe(
      'None of 650 predictions failed while one pod was down. Before the fault was active, the service was out for about 6s: 60 of 300 predictions failed.',
    );
    expect(say(lose([[57, 60.5]]))).toBe(
      '5 of 650 predictions failed within 500ms while one pod was down. Nothing that was seen of pods or nodes explains them. Before the fault was active, 30 of 300 predictions failed.',
    );
  });

  test('leaves a single failure at another time without consequence for what users noticed of the fault', () => {
    expect(say(lose([[140, 140.1]]))).toBe(
      'None of 650 predictions failed while one pod was down; users would not have noticed. Later on, 1 of 300 predictions failed.',
    );
  });

  test('says when the service was out: under the fault, when it was over, or both', () => {
    const slow = { afterAt: second(225), endAt: second(255) };
    expect(
      say(
        lose(
          [
            [62, 62.3],
            [120, 220],
          ],
          slow,
        ),
      ),
    ).toBe(
      'The service was out for about 100s after the fault was over: 1003 of 1650 predictions failed, 1000 of them after the fault was over; users would have noticed. Nothing that was seen of pods or nodes explains them.',
    );
    expect(say(lose([[118, 220]], slow))).toBe(
      'The service was out for about 102s while one pod was down and after the fault was over: 1020 of 1650 predictions failed, 1000 of them after the fault was over; users would have noticed. Nothing that was seen of pods or nodes explains them.',
    );
    expect(
      say(
        lose([
          [100, 107],
          [122, 122.1],
        ]),
      ),
    ).toBe(
      'The service was out for about 7s while one pod was down: 71 of 650 predictions failed, 1 of them after the fault was over; users would have noticed. Nothing that was seen of pods or nodes explains them.',
    );
  });
});

describe('a fault that a service held against', () => {
  const harder = expect.stringMatching(/^Make it harder/);

  test('is made harder where nothing else failed', () => {
    expect(toNextSteps(lose([[60, 60.5]]))).toContainEqual(harder);
    expect(concludeRun(lose([])).why).toContain('during the fault and after it,');
  });

  test('is not where something failed at another time', () => {
    const later = toNextSteps(lose([[135, 143]]));
    expect(later).not.toContainEqual(harder);
    expect(later[0]).toBe(
      'Find out why predictions failed later on, when they had been good again.',
    );
    const before = toNextSteps(lose([[40, 46]]));
    expect(before).not.toContainEqual(harder);
    expect(before[0]).toBe('Find out why predictions failed before the fault was active.');
  });

  test('is not where the service was away for longer than a moment when it was over', () => {
    const slow = lose([[120, 220]], { afterAt: second(225), endAt: second(255) }, 100_000);
    expect(toNextSteps(slow)).not.toContainEqual(harder);
    expect(toNextSteps(slow)[0]).toBe(
      'Find out why predictions were good again only 100s after the fault.',
    );
    expect(concludeRun(slow).why).toBe(
      'Every tolerance held in this run, during the fault and once predictions were good again (after 100s), judged on 600 predictions under the fault.',
    );
  });

  test('ask what failed after a fault that the service held against, though predictions had been good again', () => {
    const { end, ...run } = lose([[130, 139]], { afterAt: second(145), endAt: second(175) });
    expect(toNextSteps({ ...run, ...(end ? { end } : {}) })).toEqual([
      'Find out why predictions failed after the fault, when they had been good again.',
      'Then repeat the experiment.',
    ]);
  });

  test('and a headline say nothing of users where answers were slow for long after the fault', () => {
    const slow = lose([], { afterAt: second(145), endAt: second(175) }, 15_000);
    expect(say(slow)).toBe('None of 850 predictions failed while one pod was down.');
    expect(toNextSteps(slow)[0]).toBe(
      'Find out why predictions were good again only 15s after the fault.',
    );
  });
});
