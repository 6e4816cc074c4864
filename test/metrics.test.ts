import { expect, test } from '@jest/globals';
import type { RunEvent } from '../src/domain/run-event.ts';
import type { Announcer } from '../src/runs/ports/announcer.ts';
import { createMetrics } from '../src/metrics.ts';
import { proposer, sampleCourse, sampleRun } from './support/proposal.ts';

const end: RunEvent = {
  type: 'ended',
  ending: 'failed',
  verdict: 'inconclusive',
  why: 'because of incident INC-4711',
};

test('metrics, which everybody who reaches the port can read, name experiments and nothing else of runs', async () => {
  const metrics = createMetrics();
  const silent = { runChanged: () => undefined } as unknown as Announcer;
  const run = sampleRun([...sampleCourse(), end], { title: 'A secret title' });
  metrics.count(silent).runChanged(run);
  const lines = (await metrics.registry.metrics()).split('\n');
  const ours = lines.filter((line) => /^chaos_.*\{/.test(line));
  expect(ours).toEqual([
    'chaos_runs_ended_total{experiment="pod-failure",ending="failed",verdict="inconclusive"} 1',
  ]);
  const { uri } = run.proposal.service.scoring;
  const { id, digest, origin, proposal } = run;
  for (const text of [
    proposer.name,
    id,
    digest,
    uri,
    origin.conversationId,
    proposal.title,
    'INC-4711',
  ])
    expect(lines.join('\n')).not.toContain(text);
});
