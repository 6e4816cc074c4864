import { describe, expect, test } from '@jest/globals';
import { printEffect, toEffect, toLatencyRatio } from '../../src/domain/effect.ts';
import type { PhaseMeasurement } from '../../src/domain/measurement.ts';
import { toMeasuredPhase } from '../support/drawn-phase.ts';
import { sampleMeasurement, sampleProposal } from '../support/proposal.ts';

/** So many predictions at 10/s, with losses from these on, each run as long as said. */
function phaseOf(due: number, runs: readonly (readonly [from: number, lost: number])[] = []) {
  const losses = new Uint8Array(due);
  for (const [from, lost] of runs) losses.fill(1, from, from + lost);
  return toMeasuredPhase(losses, 10);
}

/** Outages of one second each, every five seconds. */
const outages = (count: number) =>
  Array.from({ length: count }, (_, index) => [50 * index + 7, 10] as const);

const judged = (measurement: PhaseMeasurement) => ({
  measurement,
  judgement: { finding: 'inconclusive' as const, tolerances: [] },
});

function effectOf(before: PhaseMeasurement, now: PhaseMeasurement) {
  return toEffect({
    baseline: { ...judged(before), steady: true },
    observed: judged(now),
    proposal: sampleProposal(),
  });
}

function print(before: PhaseMeasurement, now: PhaseMeasurement): string | undefined {
  const effect = effectOf(before, now);
  return effect && printEffect({ ...effect, p95Ratio: null });
}

describe('the change of availability from the baseline to the fault', () => {
  test('is a fall when failures are too many and too separate for chance', () => {
    expect(print(phaseOf(300), phaseOf(600, outages(12)))).toMatch(
      /^availability fell by 20\.0 points \(95% CI: 18\.\d to 21\.\d\)$/,
    );
    expect(print(phaseOf(600, outages(12)), phaseOf(600))).toMatch(
      /^availability rose by 20\.0 points \(95% CI: /,
    );
  });

  test('one outage is measured exactly, and may be chance', () => {
    // Newcombe's interval, for independent failures, is 7.1 to 13.1 points.
    const effect = effectOf(phaseOf(300), phaseOf(600, [[200, 60]]));
    expect(effect?.interval.lower).toBeGreaterThan(-0.108);
    expect(effect?.interval.upper).toBeLessThan(-0.085);
    expect(print(phaseOf(300), phaseOf(600, [[200, 60]]))).toBe(
      'availability was 10.0 points lower (95% CI: 8.8 to 10.8); too few separate failures in the baseline and under the fault to tell a change from chance (1, at least 8 are needed)',
    );
  });

  test('as many failures apart as chance brings are no fall', () => {
    const before = phaseOf(300, outages(4));
    expect(print(before, phaseOf(600, outages(12)))).toMatch(
      /^availability was 6\.7 points lower \(95% CI: .*; the service may vary as much without a fault$/,
    );
  });

  test('an outage in which some predictions were answered is one episode, and what was not measured excludes no chance', () => {
    const losses = new Set([75, 77, 79, 82]);
    const before = phaseOf(300);
    const now = phaseOf(
      170,
      [...losses].map((at) => [at, 1] as const),
    );
    // Four failures apart would be told from chance: the baseline is nearly twice as long.
    expect(effectOf(before, now)).toMatchObject({ episodes: 1, chance: 'too-few-episodes' });
    const { predictions } = phaseOf(600, outages(12));
    const unmeasured = { restart: 100 };
    const partly = {
      ...phaseOf(600, outages(12)),
      predictions: { ...predictions, unmeasured },
    };
    const good = phaseOf(600);
    expect(print(before, { ...good, predictions: { ...good.predictions, unmeasured } })).toMatch(
      /^availability was 0\.0 points higher \(95% CI: .* lower to .* higher\); too few predictions were measured during the fault to tell a change$/,
    );
    expect(effectOf(before, partly)).toMatchObject({ chance: 'too-little-measured' });
    expect(print(before, partly)).toMatch(
      /^availability was 20\.0 points lower \(95% CI: .*\); too few predictions were measured during the fault to tell a change$/,
    );
  });

  test('a difference within the measuring error is told as such', () => {
    expect(print(phaseOf(300), phaseOf(600, [[10, 1]]))).toMatch(
      /^availability was 0\.2 points lower \(95% CI: 0\.\d points lower to 1\.\d points higher\): no measurable change$/,
    );
    expect(print(phaseOf(300), phaseOf(600))).toMatch(
      /^availability was 0\.0 points higher .*: no measurable change$/,
    );
  });

  test('Poisson arrivals have the wider interval of independent predictions', () => {
    const poisson = sampleProposal();
    const { scoring } = poisson.service;
    const run = {
      baseline: { ...judged(phaseOf(300)), steady: true },
      observed: judged(phaseOf(600, [[200, 60]])),
      proposal: {
        ...poisson,
        service: {
          ...poisson.service,
          scoring: { ...scoring, arrivals: { kind: 'poisson' as const, seed: 1 } },
        },
      },
    };
    expect(toEffect(run)?.interval.lower).toBeLessThan(-0.12);
  });

  test('is unknown when a phase was not measured', () => {
    expect(effectOf(sampleMeasurement({ sent: 0 }), sampleMeasurement())).toBeUndefined();
    expect(effectOf(sampleMeasurement(), sampleMeasurement({ sent: 0 }))).toBeUndefined();
    expect(toEffect({ proposal: sampleProposal() })).toBeUndefined();
  });
});

describe('the p95 against the baseline', () => {
  const ratioOf = (p95Ms: number) => {
    const phase = sampleMeasurement();
    const latency = phase.predictions.latency && { ...phase.predictions.latency, p95Ms };
    return toLatencyRatio(phase, { ...phase, predictions: { ...phase.predictions, latency } });
  };

  test.each([
    [14, 'p95 of right answers as in the baseline'],
    [41, 'p95 of right answers was 2.9× the baseline'],
    [200, 'p95 of right answers was 14× the baseline'],
  ])('%i ms instead of 14: %s', (p95Ms, words) => {
    const effect = effectOf(phaseOf(300), phaseOf(600));
    expect(effect && printEffect({ ...effect, p95Ratio: ratioOf(p95Ms) })).toMatch(
      new RegExp(`; ${words}$`),
    );
  });

  test('is unknown when every prediction of a phase failed', () => {
    expect(toLatencyRatio(sampleMeasurement(), sampleMeasurement({ good: 0 }))).toBeNull();
  });
});
