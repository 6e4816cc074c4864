import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { foldRun } from '../../src/domain/run.ts';
import { createSampleFiles } from '../../src/predictions/samples/sample-files.ts';
import { sampleHeader } from '../../src/predictions/samples/sample-line.ts';
import { renderMarkdown } from '../../src/reports/render-markdown.ts';
import { renderPage } from '../../src/reports/render-page.ts';
import { toReport } from '../../src/reports/to-report.ts';
import type { SampleStore } from '../../src/runs/ports/sample-store.ts';
import { createSampledReader } from '../../src/runs/read-sampled.ts';
import { reportJournals } from '../support/report-gallery.ts';
import { startOfTime } from '../support/proposal.ts';
import { toSamples } from '../support/samples.ts';
import { serveReport, type ServedReport } from '../support/served-report.ts';

const journal = reportJournals.deviated;
const run = foldRun(journal);
const all = toSamples(run);
const version = '0.1.0';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const at = (second: number) => startOfTime + second * 1_000;

let folder: string;
let samples: SampleStore;
let served: ServedReport | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'samples-'));
  samples = createSampleFiles({ folder, maxBytes: 1_000_000_000, log });
});
afterEach(async () => {
  await served?.close();
  served = undefined;
  await rm(folder, { recursive: true });
});

async function keep(some = all): Promise<void> {
  const writer = samples.open(run.id);
  for (const sample of some) writer.write(sample);
  await writer.close();
}

const read = async () => {
  const clock = { now: () => Date.now() };
  const sampled = await createSampledReader({ samples, clock, log })(run);
  return toReport(journal, { version, sampled });
};

/** From its page to its CSV, by the link that it shows. */
async function openCsv({ link }: ServedReport) {
  const page = await (await fetch(link)).text();
  const [, href = ''] = /href="([^"#]+\.csv[^"]*)"/.exec(page) ?? [];
  return href && fetch(new URL(href.replaceAll('&amp;', '&'), link));
}

describe('a report with samples', () => {
  test('says how many are kept', async () => {
    await keep();
    const report = await read();
    expect(report.samples).toEqual({ kept: all.length });
    for (const text of [renderPage(report), renderMarkdown(report)])
      expect(text).toContain(`The ${all.length.toLocaleString('en')} single predictions of`);
  });

  test('is but for that what it is without', async () => {
    await keep();
    const { samples: _samples, ...rest } = await read();
    expect(rest).toEqual(toReport(journal, { version }));
  });

  test('says the same without: none were kept, or they are with another replica', async () => {
    expect(await read()).toEqual(toReport(journal, { version }));
    expect(renderPage(await read())).not.toContain('single predictions');
  });

  test('says how many are not kept', async () => {
    await keep(all.filter(({ dueAt, outcome }) => dueAt < at(97) || outcome === 'good'));
    expect(renderPage(await read())).toMatch(/1,33\d of the 1,360 single predictions/);
  });

  test('links to them, as CSV to be kept, by the same signature and with the same phases', async () => {
    // The phase in which the run was when they were judged.
    await keep(all.map((sample) => ({ ...sample, phase: 'inject' })));
    served = await serveReport(journal, samples);
    const response = await openCsv(served);
    if (response === '') throw new Error('no link');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="${run.id}.csv"`,
    );
    expect(response.headers.get('cache-control')).toBe('no-store');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines[0]).toBe(sampleHeader);
    expect(lines).toHaveLength(all.length + 1);
    const countIn = (name: string) => {
      const own = lines.filter((line) => line.includes(`,${name},`));
      return { name, due: own.length, good: own.filter((line) => line.includes(',good,')).length };
    };
    const { phases } = await read();
    expect(phases.map(({ name }) => countIn(name))).toEqual(
      phases.map(({ name, due, good }) => ({ name, due, good })),
    );
    const unsigned = await fetch(response.url.replace(/signature=.{8}/, 'signature=AAAAAAAA'));
    expect([unsigned.status, await unsigned.text()]).toEqual([
      403,
      expect.not.stringContaining(sampleHeader),
    ]);
  });

  test.each([
    ['none are kept', true],
    ['keeping them is turned off', false],
  ])('links to none where %s, and says so to whoever asks', async (_why, isOn) => {
    served = await serveReport(journal, isOn ? samples : undefined);
    expect(await openCsv(served)).toBe('');
    const response = await fetch(served.link.replace('?', '.csv?'));
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('The single predictions of this run are not here');
  });
});
