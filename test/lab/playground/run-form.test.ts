import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { startPlayground, type Playground } from '../../../lab/playground/start-playground.ts';
import type { ExperimentTemplate } from '../../../src/domain/catalogue.ts';
import { tailorExperiment } from '../../../src/domain/tailor-experiment.ts';
import type { ProposeRequest } from '../../../src/runs/use-cases.ts';
import type { HttpServer } from '../../../src/server.ts';
import { findChromium, launchBrowser } from '../../support/chromium/browser.ts';
import { PlaygroundPage } from '../../support/chromium/playground-page.ts';
import { sampleProposal, sampleRun } from '../../support/proposal.ts';
import { brokenUseCases, serveBot } from '../../support/served-bot.ts';

const chromium = findChromium();
const patienceMs = 240_000;
const sample = sampleProposal();
const template: ExperimentTemplate = { ...sample, name: 'pod-failure', service: 'diabetes' };
const other: ExperimentTemplate = { ...template, name: 'pod-kill', title: 'A pod is deleted' };

(chromium === undefined ? describe.skip : describe)('in the playground', () => {
  const proposed: ProposeRequest[] = [];
  let folder: string;
  let server: HttpServer;
  let playground: Playground;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'));
    server = await serveBot(
      { mode: 'off' },
      {
        ...brokenUseCases,
        experiments: () => [template, other],
        services: () => ['diabetes'],
        preview: ({ parameters }) =>
          Promise.resolve({ ...sample, ...tailorExperiment(template, parameters) }),
        propose: (request) => {
          proposed.push(request);
          return Promise.resolve(sampleRun());
        },
      },
    );
    const messagesUrl = `${server.url}/api/messages`;
    playground = await startPlayground({
      host: '127.0.0.1',
      port: 0,
      folder,
      messagesUrl,
      say: () => undefined,
      signal: new AbortController().signal,
    });
    browser = await launchBrowser(chromium ?? '');
  }, patienceMs);
  afterAll(async () => {
    await browser?.close();
    await playground?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }, patienceMs);

  test(
    'the run form opens from a button, and leads to a proposal',
    async () => {
      const page = await PlaygroundPage.open(browser, playground.url);
      await page.enterChannel('General');
      await page.post('/chaos experiments');
      await page.waitFor('Propose one with', 30_000);
      await page.click('Propose one with', 'Set up a run');
      const choice = await page.waitFor('Next', 30_000);
      await choice.getByText('pod-kill: A pod is deleted').last().click();
      await page.click('Next', 'Next');
      await page.waitFor('What it would do now', 30_000);
      await page.click('What it would do now', 'Propose');
      await page.waitFor('Proposed as r-7k2mq4', 30_000);
      expect(proposed.map(({ experiment, parameters }) => [experiment, parameters])).toEqual([
        ['pod-kill', { tolerances: [] }],
      ]);
      await page.close();
    },
    patienceMs,
  );

  test(
    'the button of a suggestion runs the command that was meant',
    async () => {
      const page = await PlaygroundPage.open(browser, playground.url);
      await page.enterChannel('General');
      await page.post('/chaos helth');
      await page.waitFor('Not done', 30_000);
      await page.click('Not done', 'health');
      expect(await (await page.waitFor('as of', 60_000)).innerText()).toContain('Health');
      await page.close();
    },
    patienceMs,
  );
});
