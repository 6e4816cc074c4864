import { beforeAll, describe, expect, test } from '@jest/globals';
import { toHeadline } from '../../src/domain/headline.ts';
import { printHeadline } from '../../src/domain/print-headline.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { printCurve } from '../../src/cards/describe-fault.ts';
import { toRecoveryCurve } from '../../src/domain/recovery-curve.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { conductRun } from '../../src/runs/conduct-run.ts';
import { approver } from '../support/proposal.ts';
import { Stage } from '../support/stage.ts';

type Change = Partial<Pick<Stage, 'lossUnderFault' | 'startFails' | 'onTick'>>;

/** A run of which the process may be killed, and is back some time later. */
async function conduct(proposal: Partial<Proposal>, change: Change = {}, awayMs = 0) {
  const stage = Object.assign(new Stage(proposal), { lossUnderFault: 0 }, change);
  const { id, digest } = stage.run();
  stage.append({ type: 'approved', by: approver, memberOf: [], digest, via: { kind: 'card' } });
  const conductHere = () => conductRun(id, stage.deps(), new AbortController().signal);
  await conductHere().catch((error: unknown) => {
    if (!stage.killed) throw error;
  });
  if (stage.killed) {
    stage.restart();
    stage.now += awayMs;
    await conductHere();
  }
  return stage;
}

function reportOf({ journal }: Stage) {
  const entries = journal.map((entry, index) => ({ ...entry, hash: `${index}` }));
  return toReport(entries, { version: 'test' });
}

describe('a run of which nothing was measured for a minute after the fault', () => {
  let stage: Stage;
  beforeAll(async () => {
    let ticks = 0;
    const kill = (here: Stage) => {
      if (here.run().phase === 'recover' && (ticks += 1) === 2) here.kill();
    };
    stage = await conduct({}, { onTick: kill }, 60_000);
  });

  test('does not say that users noticed nothing', () => {
    const headline = toHeadline(stage.run());
    expect(headline).not.toHaveProperty('noticed');
    expect(headline && printHeadline(headline)).toMatch(
      /^None of \d+ predictions failed while one pod was down\. 6\d\d more were due and could not be measured\.$/,
    );
  });

  test('does not say that all was good', () => {
    const text = renderMarkdown(reportOf(stage));
    expect(text).toContain('every measured one was good)');
    expect(text).toMatch(
      /Last lost prediction: none of those measured was lost \(6\d\d were not measured\)/,
    );
    const curve = toRecoveryCurve(stage.run());
    expect(curve && printCurve(curve)).toMatch(
      /none of those measured was lost \(6\d\d were not measured\)/,
    );
  });
});

describe('a report', () => {
  test('says for how long nothing was in sight under the fault', async () => {
    let isDue = true;
    const kill = (here: Stage) => {
      if (isDue && here.now > (here.run().faultActiveAt ?? Infinity) + 20_000) {
        isDue = false;
        here.kill();
      }
    };
    const details = async (change: Change) =>
      reportOf(await conduct({}, change)).guards.map(({ detail }) => detail);
    expect(await details({})).toContain('Predictions and pods stayed in sight.');
    expect(await details({ onTick: kill })).toContainEqual(
      expect.stringMatching(/^Predictions were not measured for [5-9](\.\d)?s at most\./),
    );
  });

  test('says of an undecided baseline that it could not be decided', async () => {
    const tolerances = [{ signal: 'availability', comparison: '>=', bound: 0.999 }] as const;
    const stage = await conduct({ hypothesis: { title: 'steady', tolerances } });
    expect(stage.run().end?.ending).toBe('baseline-undecided');
    const said = reportOf(stage).timeline.map(({ what }) => what);
    expect(said).toContain('The baseline could not tell whether the service was steady.');
    expect(said).not.toContain('The baseline was not steady.');
  });

  test('says that nothing was injected only where no start was asked for', async () => {
    const stage = await conduct({}, { startFails: 'before' });
    expect(stage.run()).toMatchObject({ end: { ending: 'failed' } });
    expect(stage.run().startRequestedAt).toBeDefined();
    const text = renderMarkdown(reportOf(stage));
    expect(text).toContain('it was not seen to become active.');
    expect(text.split('## Monitor')[0]).not.toContain('Nothing was injected.');
  });
});
