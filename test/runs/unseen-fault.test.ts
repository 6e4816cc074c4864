import { expect, test } from '@jest/globals';
import { toNextSteps } from '../../src/domain/next-steps.ts';
import { toChartWords } from '../../src/reports/chart-words.ts';
import { toReport } from '../../src/reports/to-report.ts';
import { sha256 } from '../support/proposal.ts';
import { beginOf, conductTwice } from '../support/staged-fault.ts';
import type { Stage } from '../support/stage.ts';

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
