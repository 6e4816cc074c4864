import { expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import type { PodsView } from '../../src/domain/measurement.ts';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import { toChartWords } from '../../src/reports/chart-words.ts';
import { toReport } from '../../src/reports/to-report.ts';
import type { ConductDeps } from '../../src/runs/conduct-context.ts';
import { sampleProposal, sha256 } from '../support/proposal.ts';
import { beginOf, conductTwice, conductWithRestart, first } from '../support/staged-fault.ts';
import { Stage } from '../support/stage.ts';

/** The bot is away from two seconds before the fault until it is over, and no pod shows it afterwards. */
async function conductBlind(): Promise<Stage> {
  const guards = [{ kind: 'lost-sight', afterMs: 300_000 } as const];
  return conductTwice(
    { changes: () => [] },
    { isKilled: (stage) => stage.now >= beginOf(stage) - 2_000, awayMs: 80_000 },
    { guards },
  );
}

test('a fault during which the bot was away is not said to have been inactive', async () => {
  const stage = await conductBlind();
  const journal = stage.journal.map((entry) => ({ ...entry, hash: sha256(JSON.stringify(entry)) }));
  expect(stage.run().end).toMatchObject({ verdict: 'void' });
  expect(toNextSteps(stage.run())).toEqual([
    expect.stringMatching(/^Repeat it with a bot that runs .* so that the fault is seen: run /),
  ]);
  const report = toReport(journal, { version: 'test' });
  expect(toChartWords(report)).toContain('No fault was seen to be active.');
  expect(report.guards).toEqual([
    expect.objectContaining({
      decision: 'not asked',
      detail: 'No fault was seen to be active.',
    }),
  ]);
});

test('a pod that was killed while the bot was away is seen by the pod in its place, also where the cluster answers late', async () => {
  const stage = new Stage({
    fault: { ...sampleProposal().fault, action: 'pod-kill' },
    guards: [{ kind: 'lost-sight', afterMs: 300_000 }],
  });
  const deps = (): ConductDeps => {
    const usual = stage.deps();
    const begunAt = stage.now;
    const watch: typeof usual.cluster.watch = (...given) => {
      const seen = usual.cluster.watch(...given);
      const view = (): PodsView => {
        const { pods, confirmedAt } = seen.view();
        if (stage.now < begunAt + 2_000) return { pods: [], confirmedAt: 0 };
        const isKilled = stage.now >= beginOf(stage);
        const next = { name: 'next', uid: 'uid-next', ready: true };
        return {
          confirmedAt,
          pods: pods.map((pod, index) => (isKilled && index === 0 ? { ...pod, ...next } : pod)),
        };
      };
      return { ...seen, view, changes: () => [] };
    };
    return { ...usual, cluster: { ...usual.cluster, watch } };
  };
  const run = await conductWithRestart(stage, { killAtMs: -1_000, awayMs: 120_000, deps });
  expect(run).toMatchObject({
    end: { verdict: 'inconclusive' },
    faultSeen: { pod: first?.name, kind: 'deleted' },
    injection: { hit: [{ pod: first?.name }], mismatches: [] },
  });
  expect(printHeadline(toHeadline(run)!)).not.toContain('after its end');
});
