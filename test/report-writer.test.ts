import { afterAll, expect, test } from '@jest/globals';
import { createReportWriter } from '../src/report-writer.ts';
import { toReport } from '../src/reports/to-report.ts';
import { writeReport } from '../src/write-report.ts';
import { sampleJournal } from './support/proposal.ts';

const writer = createReportWriter();
afterAll(() => writer.close());

const report = toReport(sampleJournal(), { version: 'test' });

test.each(['html', 'md', 'json', 'png'] as const)(
  'a report in the form %s is the same from a thread of its own',
  async (format) => {
    const order = { report, format, links: [{ name: 'JSON', href: 'r-7k2mq4.json' }] };
    expect(await writer.write(order)).toEqual(writeReport(order));
  },
);

test('while reports are written, this thread goes on', async () => {
  let turns = 0;
  const count = setInterval(() => (turns += 1), 0);
  await Promise.all(
    Array.from({ length: 20 }, () => writer.write({ report, format: 'html', links: [] })),
  );
  clearInterval(count);
  expect(turns).toBeGreaterThan(1);
});
