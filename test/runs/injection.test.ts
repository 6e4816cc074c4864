import { describe, expect, test } from '@jest/globals';
import type { FaultRecord } from '../../src/domain/injection.ts';
import type { ExecutionReport } from '../../src/domain/run-event.ts';
import { renderInjectionAlert } from '../../src/cards/injection-alert.ts';
import { describeSource } from '../../src/domain/describe-injection.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { sampleProposal } from '../support/proposal.ts';
import type { Stage } from '../support/stage.ts';

import {
  beginOf,
  conduct,
  deleted,
  first,
  of,
  own,
  pause,
  preparingMs,
  second,
  swapped,
  third,
} from '../support/staged-fault.ts';

describe('the evidence of a fault', () => {
  test.each([['pod-failure'], ['container-kill']] as const)(
    'of %s is not that somebody deletes a pod: the run is void',
    async (action) => {
      const stage = await conduct({
        fault: { action, containerNames: ['scoring'] },
        changes: (_stage, beganAt) => deleted(first, beganAt + 5_000),
      });
      expect(stage.run()).toMatchObject({ end: { verdict: 'void' } });
      expect(stage.run()).not.toHaveProperty('faultSeen');
    },
  );

  test('of pod-kill is a pod that was deleted and replaced', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => deleted(first, beganAt),
    });
    expect(stage.run()).toMatchObject({
      end: { verdict: 'held' },
      faultSeen: { pod: first?.name, source: 'signature' },
      injection: { hit: [{ pod: first?.name }], mismatches: [] },
    });
    expect(describeSource(stage.run())).toBe('seen by signature');
  });

  test('is not what a colleague did 16 s before, nor does the fault begin then', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => [
        ...deleted(second, beganAt - 1_000),
        ...deleted(first, beganAt + 15_000),
      ],
      report: (current, usual) =>
        current.now < beginOf(current) + 14_000
          ? { ...usual, state: 'preparing', status: 'PreProcessing' }
          : usual,
    });
    const begun = stage.executions[0]!.startedAt + preparingMs;
    expect(stage.run().faultSeen?.pod).toBe(first?.name);
    expect(stage.run().observed?.measurement.startedAt).toBeGreaterThanOrEqual(begun + 12_000);
  });

  test('while Azure only prepares is not a deletion that may be a colleague’s', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => [
        ...deleted(second, beganAt - 1_500),
        ...deleted(first, beganAt + 12_000),
      ],
      report: (current, usual) =>
        current.now < beginOf(current) + 11_000
          ? { ...usual, state: 'preparing', status: 'PreProcessing' }
          : usual,
    });
    const begun = stage.executions[0]!.startedAt + preparingMs;
    expect(stage.run().faultActiveAt).toBeGreaterThanOrEqual(begun + 11_000);
    expect(stage.run().faultSeen?.pod).toBe(first?.name);
  });
});

describe('somebody’s deletion while Azure prepares, and the fault after it', () => {
  const [colleagueMs, hitMs] = [12_000, 20_000];
  const strict = { signal: 'availability', comparison: '>=', bound: 0.98 } as const;
  const kill = (loses: [number, number], unseenMs = 0) =>
    conduct(
      {
        fault: { action: 'pod-kill' },
        changes: (_stage, beganAt) => [
          ...deleted(second, beganAt + colleagueMs).map((change) =>
            unseenMs > 0 ? { ...change, unseenSince: change.at - unseenMs } : change,
          ),
          ...deleted(first, beganAt + hitMs),
        ],
        report: (current, usual) =>
          current.now < beginOf(current) + hitMs
            ? { ...usual, state: 'preparing', status: 'PreProcessing' }
            : usual,
        loses: (dueAt, stage) =>
          dueAt >= beginOf(stage) + loses[0] && dueAt < beginOf(stage) + loses[1],
      },
      { faultMs: hitMs + 60_000 },
      { guards: [], hypothesis: { title: 'Predictions survive', tolerances: [strict] } },
    );

  test('is not of the fault where that hit as many as approved', async () => {
    const stage = await kill([0, 0]);
    expect(stage.run()).toMatchObject({
      end: { verdict: 'held' },
      faultSeen: { pod: first?.name },
      injection: { hit: [{ pod: first?.name }], mismatches: [] },
    });
    const { startedAt = 0 } = stage.run().observed?.measurement ?? {};
    expect(startedAt).toBeGreaterThanOrEqual(beginOf(stage) + hitMs - 2_000);
  });

  test.each([
    ['between the two', [500, 6_500], 0],
    ['while nobody saw the first', [-3_000, 0], 3_000],
  ] as const)('leaves undecided what was lost %s', async (_when, [from, until], unseenMs) => {
    const stage = await kill([colleagueMs + from, colleagueMs + until], unseenMs);
    const [availability] = stage.run().observed?.judgement.tolerances ?? [];
    expect(availability).toMatchObject({ finding: 'inconclusive', undecided: 'misdated' });
    expect(stage.run().end?.verdict).toBe('inconclusive');
  });
});

test('the evidence in the journal counts, also where a killed process kept no other trace of it', async () => {
  const stage = await conduct({
    changes: ({ journal }, beganAt) =>
      journal.some(({ event }) => event.type === 'fault-seen')
        ? swapped(first, beganAt, 60_000).slice(2)
        : swapped(first, beganAt),
  });
  expect(stage.run()).toMatchObject({
    end: { verdict: 'held' },
    faultSeen: { pod: first?.name, kind: 'image' },
    injection: { hit: [{ pod: first?.name }] },
  });
});

describe('the records of Chaos Mesh', () => {
  const recordOf = (beganAt: number, pod = first?.name ?? ''): FaultRecord => ({
    uid: 'record',
    name: 'podchaos-1',
    createdAt: beganAt - 1_000,
    action: 'pod-kill',
    labels: sampleProposal().service.selector,
    pods: [{ namespace: 'default', pod, injectedAt: beganAt, recoveredAt: null }],
  });

  test('tell the pod that the fault hit from one that somebody deleted', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => [
        ...deleted(second, beganAt + 1_000),
        ...deleted(first, beganAt + 4_000),
      ],
      records: (beganAt) => [recordOf(beganAt)],
    });
    expect(stage.run()).toMatchObject({
      end: { verdict: 'held', why: expect.stringContaining(`as well: ${second?.name}`) },
      faultSeen: { pod: first?.name, source: 'chaos-mesh' },
      injection: { source: 'chaos-mesh', hit: [{ pod: first?.name }], others: [second?.name] },
    });
    expect(describeSource(stage.run())).toBe("seen in Chaos Mesh's records");
  });

  test('that name no pod prove nothing, whatever somebody deleted', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => deleted(second, beganAt + 3_000),
      records: (beganAt) => [{ ...recordOf(beganAt), pods: [] }],
    });
    expect(stage.run().end).toMatchObject({ verdict: 'void' });
  });

  test('that show no fault of this run prove nothing, whatever somebody deleted', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, beganAt) => deleted(second, beganAt + 5_000),
      records: () => [],
    });
    expect(stage.run().end).toMatchObject({ verdict: 'void' });
  });

  test('that can’t be read any more are not waited for', async () => {
    let beganAt = Infinity;
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: (_stage, at) => deleted(second, (beganAt = at) + 5_000),
      records: (at) => {
        if (Number.isFinite(beganAt) && at === beganAt) throw new Error('The cluster is away.');
        return [];
      },
    });
    expect(stage.run()).toMatchObject({
      end: { verdict: 'held' },
      faultSeen: { pod: second?.name, source: 'signature' },
    });
  });

  test('that name a pod outside the service make the fault another one than approved', async () => {
    const stage = await conduct({
      fault: { action: 'pod-kill' },
      changes: () => [],
      records: (beganAt) => [recordOf(beganAt, 'elsewhere')],
    });
    expect(stage.run()).toMatchObject({
      end: { verdict: 'inconclusive', why: expect.stringContaining('elsewhere') },
      injection: { mismatches: [{ code: 'other-pods', pods: ['elsewhere'] }] },
    });
  });

  test('are asked for while a fault may be active, every few seconds and not more often', async () => {
    let reads = 0;
    await conduct({
      records: () => {
        reads += 1;
        return [];
      },
    });
    expect(reads).toBeGreaterThanOrEqual(8);
    expect(reads).toBeLessThanOrEqual(14);
  });
});

describe('what had been taken for evidence', () => {
  test('is none when the fault had ended before, which Azure tells late', async () => {
    const stage = await conduct(
      {
        fault: { action: 'pod-kill' },
        changes: (_stage, beganAt) => deleted(second, beganAt + 90_000),
        report: (current, usual) => {
          const startedAt = beginOf(current);
          if (current.now > startedAt + 5_000 && current.now < startedAt + 120_000)
            throw new Error('Azure does not answer.');
          return current.now < startedAt + 60_000
            ? usual
            : { ...usual, startedAt, stoppedAt: startedAt + 60_000 };
        },
      },
      { lossUnderFault: 0 },
    );
    expect(stage.wire).toContain('fault-seen');
    expect(stage.run().end).toMatchObject({ verdict: 'void' });
    expect(describeSource(stage.run())).toBe('never seen');
  });

  test('is found also where the fault is over before Azure says that it is active', async () => {
    const stage = await conduct({
      fault: { action: 'container-kill', containerNames: ['scoring'] },
      changes: (_stage, beganAt) => [of(first, beganAt + 4_000, 'restarted')],
      report: (current, usual) =>
        current.now < beginOf(current) + 8_000
          ? { ...usual, state: 'preparing', status: 'PreProcessing' }
          : { ...usual, state: 'cancelled', status: 'Cancelled' },
    });
    expect(stage.run()).toMatchObject({
      faultSeen: { pod: first?.name },
      injection: { hit: [{ pod: first?.name }] },
      end: { ending: 'stopped', verdict: 'inconclusive' },
    });
  });
});

describe('a fault that was not as approved', () => {
  test.each([
    [
      'hit more pods',
      (at: number) => [...swapped(first, at, 60_000), ...swapped(third, at + 1_000, 59_000)],
    ],
    ['was taken away early', (at: number) => swapped(first, at, 15_000)],
  ])('because it %s never holds, and people are told', async (_what, changesOf) => {
    const changes = (_stage: Stage, beganAt: number) => changesOf(beganAt);
    const stage = await conduct({ changes }, { lossUnderFault: 0 });
    const why = expect.stringMatching(
      /^The fault was not as approved: it (hit 2 pods|lasted 15s) instead of/,
    );
    expect(stage.run()).toMatchObject({
      end: { ending: 'completed', verdict: 'inconclusive', why },
    });
    expect(JSON.stringify(renderInjectionAlert(stage.run()))).toContain('Fault not as approved');
    expect(toNextSteps(stage.run()).join(' ')).not.toContain('Make it harder');
  });

  test('because the executor ended it early never holds', async () => {
    const stage = await conduct(
      {
        fault: { action: 'pod-kill' },
        changes: (_stage, beganAt) => deleted(first, beganAt),
        report: (current, usual) => {
          const startedAt = beginOf(current);
          if (current.now < startedAt + 20_000) return usual;
          return {
            ...usual,
            state: 'succeeded',
            status: 'Success',
            startedAt,
            stoppedAt: startedAt + 20_000,
          };
        },
      },
      { lossUnderFault: 0 },
    );
    const why = expect.stringContaining('it lasted 20s instead of 60s');
    expect(stage.run().end).toMatchObject({ ending: 'completed', verdict: 'inconclusive', why });
    expect(toNextSteps(stage.run())[0]).toBe('Find out why the execution ended early in Azure.');
  });

  test('because somebody took it from the pod sends nobody to look for another fault', async () => {
    const changes = (_stage: Stage, beganAt: number) => swapped(first, beganAt, 15_000);
    const stage = await conduct({ changes }, { lossUnderFault: 0 });
    const task = 'Find out who removed the fault on the cluster';
    expect(JSON.stringify(renderInjectionAlert(stage.run()))).toContain(task);
    expect(toNextSteps(stage.run())[0]).toContain(task);
  });

  test('because somebody cancelled it in Azure never holds, and still deviates', async () => {
    const cancel = (stage: Stage, usual: ExecutionReport): ExecutionReport =>
      stage.now < beginOf(stage) + 58_000
        ? usual
        : { ...usual, state: 'cancelled', status: 'Cancelled' };
    const held = await conduct({ report: cancel });
    expect(held.run().end).toMatchObject({
      ending: 'stopped',
      verdict: 'inconclusive',
      why: 'The execution was cancelled in Azure before the fault had run its time.',
    });
    const lost = await conduct({ report: cancel }, { lossUnderFault: 0.4 });
    expect(lost.run().end?.verdict).toBe('deviated');
  });

  test('and was as approved says nothing of it', async () => {
    const stage = await conduct({ changes: (_stage, beganAt) => swapped(first, beganAt, 60_000) });
    expect(stage.run().end?.verdict).toBe('held');
    expect(renderInjectionAlert(stage.run())).toBeUndefined();
  });
});

describe('an execution that failed', () => {
  const problem = { message: 'The API server did not answer.', suggestion: 'Look.' };
  const fail = (stage: Stage, usual: ExecutionReport): ExecutionReport =>
    stage.now < beginOf(stage) + 60_000
      ? usual
      : { ...usual, state: 'failed', status: 'Failed', problem };

  test('is watched until the pod that still carries the fault is rid of it', async () => {
    const goneAfterMs = 30_000;
    let alert = '';
    const stage = await conduct(
      {
        report: fail,
        changes: (_stage, beganAt) => swapped(first, beganAt, 60_000 + goneAfterMs),
        imageOf: (current, index) =>
          index === 0 &&
          current.now >= beginOf(current) &&
          current.now < beginOf(current) + 60_000 + goneAfterMs
            ? pause
            : own,
      },
      {
        onTick: (current) => {
          if (current.run().phase === 'recover')
            alert ||= JSON.stringify(renderInjectionAlert(current.run()) ?? '');
        },
      },
    );
    for (const part of [first?.name ?? '', pause, problem.message, 'kubectl -n default delete pod'])
      expect(alert).toContain(part);
    const { recovered, carrying, end } = stage.run();
    expect(recovered?.recovery.faultGoneAfterMs).toBeGreaterThanOrEqual(goneAfterMs - 3_000);
    expect(recovered?.recovery.faultGoneAfterMs).toBeLessThanOrEqual(goneAfterMs + 3_000);
    expect(carrying).toEqual([]);
    expect(end?.ending).toBe('failed');
  });

  test('names the pod that carries the fault to the end, and how to remove it', async () => {
    const stage = await conduct({
      report: fail,
      changes: (_stage, beganAt) => swapped(first, beganAt),
      imageOf: (current, index) => (index === 0 && current.now >= beginOf(current) ? pause : own),
    });
    const { end, carrying, recovered, proposal, faultEndedAt = 0 } = stage.run();
    expect(carrying).toEqual([{ pod: first?.name, images: [pause] }]);
    expect(recovered?.recovery.faultGoneAfterMs).toBeNull();
    expect(recovered?.measurement.startedAt).toBeGreaterThanOrEqual(
      faultEndedAt + proposal.recoveryLimitMs,
    );
    expect(end?.why).toContain(
      `When the run ended, the fault was still on ${first?.name} (running ${pause}).`,
    );
    expect(toNextSteps(stage.run())[0]).toContain(`kubectl -n default delete pod ${first?.name}`);
  });
});

describe('what was measured after the end of the fault', () => {
  test.each([[true], [false]])(
    'is not of it, although Azure does not answer for 100 s (Azure tells when it ended: %s)',
    async (tells) => {
      const stage = await conduct(
        {
          changes: (_stage, beganAt) => swapped(first, beganAt, 60_000),
          report: (current, usual) => {
            const startedAt = beginOf(current);
            if (current.now > startedAt + 5_000 && current.now < startedAt + 160_000)
              throw new Error('Azure does not answer.');
            const times = tells ? { startedAt, stoppedAt: startedAt + 60_000 } : {};
            return current.now < startedAt + 60_000 ? usual : { ...usual, ...times };
          },
        },
        { lossUnderFault: 0.45 },
      );
      const begun = stage.executions[0]!.startedAt + preparingMs;
      const { observed, faultEndedAt, end } = stage.run();
      expect(observed?.measurement.endedAt).toBe(begun + 60_000);
      expect(faultEndedAt).toBe(begun + 60_000);
      const { sent = 0, good = 0 } = observed?.measurement.predictions ?? {};
      expect(sent).toBe(600);
      expect(good / sent).toBeCloseTo(0.55, 2);
      expect(end?.verdict).toBe('deviated');
    },
  );
});
