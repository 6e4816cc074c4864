import { describe, expect, test } from '@jest/globals';
import { renderInjectionAlert } from '../../src/cards/injection-alert.ts';
import type { Injection, Mismatch } from '../../src/domain/injection.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { foldRun, type Run } from '../../src/domain/run.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { reportJournals } from '../support/report-gallery.ts';

const held = foldRun(reportJournals.held);
const beganAt = held.faultActiveAt ?? 0;
const short = { code: 'too-short', lastedMs: 16_000, askedMs: 60_000 } as const;
const long = { code: 'too-long', lastedMs: 130_000, askedMs: 60_000 } as const;

/** A run whose fault differed so, whose execution ended in this state after `ranMs`, and whose pod carried the fault for `carriedMs`. */
function toOther(
  mismatch: Mismatch,
  { state = 'succeeded', ranMs = 60_000, carriedMs = 60_000, ...more }: Partial<Other> = {},
): Run {
  if (!held.execution || !held.end) throw new TypeError('The run has not ended.');
  const injection: Injection = {
    source: 'signature',
    hit: [{ pod: 'a', from: beganAt, until: beganAt + carriedMs }],
    others: [],
    mismatches: [mismatch],
  };
  const end = { ...held.end, ending: 'completed', verdict: 'inconclusive' } as const;
  const span = { startedAt: beganAt, stoppedAt: beganAt + ranMs };
  return { ...held, injection, execution: { ...held.execution, state, ...span }, end, ...more };
}

type Other = Pick<Run, 'stop' | 'cancelRequestedAt' | 'trip'> & {
  readonly state: 'succeeded' | 'cancelled';
  readonly ranMs: number;
  readonly carriedMs: number;
};

const sayAlert = (run: Run) => toCardTexts(renderInjectionAlert(run)).join('\n');

describe('after a fault that was another one than approved, people are told to find out', () => {
  test.each([
    ['who cancelled it in Azure', short, { state: 'cancelled', ranMs: 16_000 }, 'who cancelled '],
    ['who removed it on the cluster', short, { carriedMs: 16_000 }, 'who removed the fault on the'],
    ['why it ended early in Azure', short, { ranMs: 16_000 }, 'why the execution ended early in'],
    ['why it took long in Azure', long, { ranMs: 130_000 }, 'why the execution took so long in'],
    ['why it was left on pods', long, { carriedMs: 130_000 }, 'why Chaos Mesh did not remove the'],
    ['what injected another', { code: 'more-pods', hit: 2, approved: 1 }, {}, 'what injected ano'],
    [
      'why fewer pods were hit',
      { code: 'fewer-pods', hit: 1, approved: 2 },
      {},
      'why the fault hit',
    ],
    [
      'why no pod was made',
      { code: 'not-replaced', pods: ['a'] },
      {},
      'what ended the pod, and why',
    ],
  ] as const)('%s', (_what, mismatch, how, words) => {
    const run = toOther(mismatch, how);
    expect(sayAlert(run)).toMatch(
      new RegExp(`not judged as held\\. Find out ${words}.* before the`),
    );
    expect(toNextSteps(run)[0]).toMatch(new RegExp(`^Find out ${words}`));
    const deviated = { ...run, end: { ending: 'completed', verdict: 'deviated', why: '', at: 0 } };
    expect(toNextSteps(deviated as Run)[0]).toMatch(new RegExp(`^Find out ${words}`));
  });

  test.each([
    ['a person', { stop: { by: held.proposal.proposer, at: beganAt + 16_000 } }],
    [
      'a guard',
      { trip: { guard: { kind: 'lost-sight', afterMs: 1 }, reason: '', at: beganAt + 16_000 } },
    ],
  ] as const)('nothing where %s ended it in this run', (_who, ended) => {
    const cancelled = { state: 'cancelled', cancelRequestedAt: beganAt + 16_000 } as const;
    const run = toOther(short, { ...cancelled, ranMs: 16_500, ...ended });
    expect(sayAlert(run)).toMatch(/not judged as held\.$/m);
    expect(sayAlert(run)).not.toMatch(/Find out/);
    expect(toNextSteps(run).join(' ')).not.toMatch(/Find out who|another fault/);
  });
});
