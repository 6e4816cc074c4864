import { Template } from 'adaptivecards-templating';
import { Bench } from 'tinybench';
import { renderRunCard } from '../src/cards/run-card.ts';
import template from '../src/cards/run-card.json' with { type: 'json' };
import { renderSummaryCard } from '../src/cards/summary-card.ts';
import { sampleProgress, sampleRuns } from '../test/support/card-gallery.ts';
import type { Comparison } from './comparison.ts';

/** The live card, against the templating library alone, which expands the same template with texts that are ready. */
export async function measureCards(timeMs: number): Promise<Comparison[]> {
  const { observe, held } = sampleRuns;
  if (!observe || !held) throw new Error('no sample');
  const progress = sampleProgress(observe);
  const empty = {
    $root: {
      trend: [],
      facts: [],
      liveFacts: [],
      pods: [],
      mentions: [],
      refreshFor: [],
      actions: [],
      live: true,
    },
  };
  const ready = new Template(template);
  const bench = new Bench({ time: timeMs })
    .add('live', () => renderRunCard(observe, { now: progress.at, progress }))
    .add('summary', () => renderSummaryCard(held))
    .add('library', () => ready.expand(empty));
  await bench.run();
  const perSecond = (name: string) => {
    const result = bench.getTask(name)?.result;
    return result && 'throughput' in result ? result.throughput.mean : Number.NaN;
  };
  const peer = {
    unit: 'per second',
    peer: 'the same template, almost empty',
    theirs: perSecond('library'),
  };
  return [
    { name: 'live card rendered', ours: perSecond('live'), ...peer },
    { name: 'summary card rendered', ours: perSecond('summary'), ...peer },
  ];
}
