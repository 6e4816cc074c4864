import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createReportWriter } from '../../src/report-writer.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { sampleJournal } from '../support/proposal.ts';
import { expectNothingLost, expectTruth } from '../support/truth/expect-truth.ts';
import { conductRealRun, type RealRun } from '../support/truth/real-run.ts';
import { listMeasured, listPhases } from '../support/truth/tell-truth.ts';

const writer = createReportWriter();
afterAll(() => writer.close());

const ratePerSecond = 100;
const blockMs = 2_000;
let blockedAt = NaN;
let rendered = 0;
let real: RealRun;

/** Nothing else runs in this thread meanwhile. */
function block(): void {
  blockedAt = Date.now();
  while (Date.now() < blockedAt + blockMs);
}

async function render(): Promise<void> {
  const report = toReport(sampleJournal(), { version: 'test' });
  for (const format of ['html', 'png', 'md', 'html', 'png'] as const) {
    await writer.write({ report, format, links: [] });
    rendered += 1;
  }
}

/** One run while this process is blocked in its baseline and renders reports under the fault. */
beforeAll(async () => {
  real = await conductRealRun({
    ratePerSecond,
    baselineMs: 6_000,
    keptAliveShare: 0.3,
    meanwhile: async (stage) => {
      while (!stage.wire.includes('baseline-started')) await delay(10);
      await delay(2_500);
      block();
      while (!stage.wire.includes('fault-active')) await delay(10);
      await render();
    },
  });
}, 600_000);

describe('a service that answers all', () => {
  test('shows no loss while this process is blocked and reports are rendered', () => {
    expect(rendered).toBe(5);
    for (const { name, measurement } of listPhases(real.run)) {
      const { sent, good, failures } = measurement.predictions;
      expect([name, failures, sent - good]).toEqual([name, {}, 0]);
    }
    expectTruth(real);
    expectNothingLost(real);
  });

  test('is asked all the time while this process is blocked', () => {
    const from = blockedAt + 100;
    const until = blockedAt + blockMs - 100;
    const arrived = real.log.filter(({ arrivedAt }) => arrivedAt > from && arrivedAt < until);
    const measured = listMeasured(real).filter(({ sentAt }) => sentAt > from && sentAt < until);
    // What this machine was too busy for is unmeasured; with the main thread it would be all.
    expect(arrived.length).toBeGreaterThan(20);
    expect(measured.length).toBeGreaterThan(20);
  });
});
