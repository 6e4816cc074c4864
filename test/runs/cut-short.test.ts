import { describe, expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
import {
  beginOf,
  conduct,
  conductTwice,
  first,
  of,
  swapped,
  type Staging,
} from '../support/staged-fault.ts';
import { proposer } from '../support/proposal.ts';
import type { Stage } from '../support/stage.ts';

const faultMs = 60_000;
const endsAfterMs = 6_000;
const availability = { signal: 'availability', comparison: '>=' } as const;
const hold = (bound: number): Partial<Proposal> => ({
  guards: [],
  hypothesis: { title: 'Predictions survive', tolerances: [{ ...availability, bound }] },
});
const [rules, strict] = [hold(0.5), hold(0.95)];

/** Stops the run as a person does, once the fault has lasted so long. */
const stopAfter = (ms: number) => (stage: Stage) => {
  const isDue = stage.now >= beginOf(stage) + ms && stage.run().stop === undefined;
  if (isDue && stage.run().phase !== 'recover')
    stage.active.stop(stage.run().id, {
      by: proposer,
      via: { kind: 'command' },
      at: stage.now,
    });
};

/** Azure as it says this once the fault has lasted so long. */
const sayAfter =
  (ms: number, said: Partial<ExecutionReport>): NonNullable<Staging['report']> =>
  (stage, usual) =>
    stage.now >= beginOf(stage) + ms
      ? { ...usual, ...said, stoppedAt: beginOf(stage) + ms }
      : usual;

const endings: readonly [string, Staging, Partial<Stage>][] = [
  ['stopped by a person', {}, { onTick: stopAfter(endsAfterMs) }],
  [
    'cancelled elsewhere',
    { report: sayAfter(endsAfterMs, { state: 'cancelled', status: 'Cancelled' }) },
    {},
  ],
  ['failed', { report: sayAfter(endsAfterMs, { state: 'failed', status: 'Failed' }) }, {}],
];

function say(stage: Stage): string | undefined {
  const headline = toHeadline(stage.run());
  return headline && printHeadline(headline);
}

describe('a fault that was cut short', () => {
  const changes: Staging['changes'] = (_stage, beganAt) => swapped(first, beganAt, endsAfterMs);
  const isReady: Staging['isReady'] = (stage, index) =>
    index > 0 || stage.now < beginOf(stage) || stage.now > beginOf(stage) + endsAfterMs + 500;

  test.each(endings)(
    'deviates where the service never comes back: %s',
    async (_, given, change) => {
      const loses: Staging['loses'] = (dueAt, stage) => dueAt >= beginOf(stage) + 5_000;
      const stage = await conduct({ changes, isReady, loses, ...given }, change, rules);
      const { end } = stage.run();
      expect(end).toMatchObject({ verdict: 'deviated' });
      expect(end?.why).toContain('predictions were not good again within 2m');
      expect(toNextSteps(stage.run()).join(' ')).toContain(
        'Find out why the service did not recover by itself.',
      );
    },
  );

  test.each(endings)('is inconclusive where it does come back: %s', async (_, given, change) => {
    const loses: Staging['loses'] = (dueAt, stage) =>
      dueAt >= beginOf(stage) + 5_000 && dueAt < beginOf(stage) + 9_000;
    const stage = await conduct({ changes, isReady, loses, ...given }, change, rules);
    expect(stage.run().end).toMatchObject({ verdict: 'inconclusive' });
  });

  test('deviates where predictions fail for good after they had been good again', async () => {
    const loses: Staging['loses'] = (dueAt, stage) => dueAt >= beginOf(stage) + 20_000;
    const change = { onTick: stopAfter(endsAfterMs) };
    const stage = await conduct({ changes, isReady, loses }, change, rules);
    expect(stage.run().end).toMatchObject({ ending: 'stopped', verdict: 'deviated' });
    expect(stage.run().end?.why).toContain('predictions were not good again within 2m.');
  });

  test('says who ended it', async () => {
    const report = sayAfter(endsAfterMs, { state: 'cancelled', status: 'Cancelled' });
    const stage = await conduct({ changes, isReady, report }, {}, rules);
    expect(say(stage)).toMatch(/^The fault was cancelled in Azure after 6s of \d+s\. /);
    expect(toNextSteps(stage.run())).toContainEqual(
      expect.stringMatching(/^Find out why the fault was another one|who cancelled/),
    );
  });
});

describe('a container that was killed before the run was stopped, and restarts after that', () => {
  const killedAt = (afterMs: number): Staging => ({
    fault: { action: 'container-kill', containerNames: ['scoring'] },
    changes: (_stage, beganAt) => [
      of(first, beganAt + afterMs, 'not-ready'),
      of(first, beganAt + 6_000, 'restarted', {
        containers: ['scoring'],
        endedAt: beganAt + afterMs,
        killed: true,
      }),
      of(first, beganAt + 9_000, 'ready'),
    ],
    isReady: () => true,
  });

  test('shows that the fault happened', async () => {
    const stage = await conduct(killedAt(100), { onTick: stopAfter(100) }, rules);
    expect(stage.run()).toMatchObject({
      end: { ending: 'stopped', verdict: 'inconclusive' },
      faultSeen: { pod: first?.name, kind: 'restarted' },
      injection: { hit: [{ pod: first?.name }], mismatches: [] },
    });
  });

  test('does not make what failed before it the doing of the fault', async () => {
    const killedMs = 40_000;
    const stage = await conduct(
      {
        fault: { action: 'container-kill', containerNames: ['scoring'] },
        changes: (_stage, beganAt) => [
          of(first, beganAt + killedMs + 10_000, 'restarted', {
            containers: ['scoring'],
            endedAt: beganAt + killedMs,
            killed: true,
          }),
        ],
        loses: (dueAt, current) =>
          dueAt >= beginOf(current) + 5_000 && dueAt < beginOf(current) + killedMs - 5_000,
      },
      { onTick: stopAfter(killedMs + 2_000) },
      strict,
    );
    const { injection, end } = stage.run();
    expect(injection?.hit).toMatchObject([{ from: beginOf(stage) + killedMs }]);
    expect(end).toMatchObject({ ending: 'stopped', verdict: 'inconclusive' });
    expect(say(stage)).toMatch(
      /The service was out for about 30s while Azure called the fault active: .* Nothing that was seen of pods or nodes explains /,
    );
  });

  test('shows nothing where it was killed after the end of the fault', async () => {
    const stage = await conduct(killedAt(4_500), { onTick: stopAfter(100) }, rules);
    expect(stage.run()).toMatchObject({ end: { verdict: 'void' } });
  });
});

describe('a fault that was cancelled while Azure prepared it', () => {
  test('says so, where nothing came of it', async () => {
    const report = sayAfter(-2_000, { state: 'cancelled', status: 'Cancelled' });
    const stage = await conduct({ changes: () => [], report, isReady: () => true }, {}, rules);
    expect(stage.run().end).toMatchObject({
      verdict: 'void',
      why: 'The execution was cancelled in Azure before the fault was active.',
    });
    expect(say(stage)).toMatch(/^The fault was cancelled in Azure before it was active\. /);
    expect(toNextSteps(stage.run())).toEqual([
      'Find out who cancelled the execution in Azure, then propose the experiment again.',
    ]);
  });

  test('says what it did to pods and predictions all the same', async () => {
    const lands: Staging = {
      changes: (_stage, beganAt) => swapped(first, beganAt + 2_000, 40_000),
      loses: (dueAt, stage) => dueAt >= beginOf(stage) + 2_000 && dueAt < beginOf(stage) + 42_000,
    };
    const stage = await conduct(lands, { onTick: stopAfter(-2_000) }, strict);
    const { end, faultSeen } = stage.run();
    expect(faultSeen).toMatchObject({ pod: first?.name, kind: 'image' });
    expect(end).toMatchObject({ ending: 'stopped', verdict: 'inconclusive' });
    expect(end?.why).toContain('only after Azure had reported its execution as Cancelled');
    expect(say(stage)).toMatch(
      /^The fault was stopped before it was active\. It hit pods after its end had been reported: the service was out for about 40s, 400 of \d+ predictions failed\.$/,
    );
  });
});

describe('a fault that came and went while the bot was away', () => {
  const told: Staging['report'] = (stage, usual) => {
    const [startedAt, stoppedAt] = [beginOf(stage), beginOf(stage) + faultMs];
    if (stage.now < startedAt) return usual;
    return { ...usual, startedAt, ...(stage.now < stoppedAt ? {} : { stoppedAt }) };
  };
  const never = () => false;
  const guarded = { ...rules, guards: [{ kind: 'lost-sight', afterMs: 15_000 }] } as const;

  test('was ended by no guard, and is void only because nobody looked', async () => {
    const stage = await conductTwice(
      { changes: () => [], isReady: () => true, report: told },
      { isKilled: (current) => current.now >= beginOf(current) - 1_000, awayMs: 90_000 },
      guarded,
    );
    const { trip, cancelRequestedAt, end } = stage.run();
    expect([trip, cancelRequestedAt]).toEqual([undefined, undefined]);
    expect(end).toMatchObject({ ending: 'completed', verdict: 'void' });
    expect(end?.why).toMatch(/^No pod showed this fault, but pods were not seen for 6\ds of/);
  });

  test('is not said to have been ended by a guard where it was seen to begin', async () => {
    const stage = await conductTwice(
      {
        changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
        report: told,
        loses: never,
      },
      { isKilled: (current) => current.now >= beginOf(current) + 10_000, awayMs: 80_000 },
      guarded,
    );
    expect(stage.run().trip).toBeUndefined();
    expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'inconclusive' });
    expect(say(stage)).toMatch(/^None of \d+ predictions failed while one pod was down\. \d+ more/);
  });

  test('is ended by the guard where it is still active', async () => {
    const stage = await conductTwice(
      {
        changes: (_stage, beganAt) => swapped(first, beganAt, faultMs),
        report: told,
        loses: never,
      },
      { isKilled: (current) => current.now >= beginOf(current) + 10_000, awayMs: 20_000 },
      guarded,
    );
    expect(stage.run().trip?.guard.kind).toBe('lost-sight');
    expect(stage.run().end?.why).toMatch(/nothing was observed of the .*: the bot was restarted\b/);
    expect(toNextSteps(stage.run())[0]).toMatch(/^Run it again without a restart of the bot: run /);
    expect(stage.run().end).toMatchObject({ ending: 'aborted' });
  });
});
