import { describe, expect, test } from '@jest/globals';
import type { AdaptiveCard } from '../../src/cards/adaptive-card.ts';
import { renderAuditCard } from '../../src/cards/audit-card.ts';
import {
  renderErrorCard,
  renderExperimentsCard,
  renderHealthCard,
  renderHistoryCard,
  renderOverviewCard,
  renderStatusCard,
  runsOnPage,
} from '../../src/cards/list-cards.ts';
import type { PagedCommand } from '../../src/cards/page-of.ts';
import type { ExperimentTemplate } from '../../src/domain/catalogue.ts';
import type { RunId } from '../../src/domain/ids.ts';
import { parseCommand } from '../../src/domain/parse-command.ts';
import { cutRunPage } from '../../src/domain/run-page.ts';
import { printCommand } from '../../src/domain/print-command.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { sampleRuns } from '../support/card-gallery.ts';
import { sampleProposal, sampleRun } from '../support/proposal.ts';

const runs = Array.from({ length: 40 }, (_, index) => ({
  ...sampleRun(),
  id: `r-${index}.` as RunId,
}));
const templates = Array.from({ length: 40 }, (_, index): ExperimentTemplate => ({
  ...sampleProposal(),
  name: `e-${index}.`,
  service: 's',
}));
const checks = runs.map(({ id }) => ({ name: id, ok: true, detail: '' }));
const entries = runs.map(({ id }, index) => ({
  runId: 'r-7k2mq4' as RunId,
  sequence: index,
  at: 0,
  event: { type: 'ended', ending: 'failed', verdict: null, why: id } as const,
}));
const report = { runs: 1, entries: 40, head: '0f' };

type Button = { title: string; data: { command?: string } };
const buttonsOf = (card: AdaptiveCard) =>
  (card['actions'] as Button[]).flatMap(({ data }) => data.command ?? []);

const lists: readonly (readonly [string, (command: PagedCommand) => AdaptiveCard])[] = [
  [
    'status',
    (command) =>
      renderStatusCard(
        runs.map((run) => ({ run })),
        command,
      ),
  ],
  [
    'history',
    (command) =>
      renderHistoryCard(cutRunPage(runs, { page: command.page ?? 1, size: runsOnPage }), command),
  ],
  ['summarize 7d', (command) => renderOverviewCard(runs, command as never)],
  ['experiments', (command) => renderExperimentsCard(templates, command)],
  ['health', (command) => renderHealthCard({ at: 0, checks }, command)],
  ['audit r-7k2mq4', (command) => renderAuditCard({ report, entries }, command)],
];

describe.each(lists)('the answer to %s', (typed, render) => {
  const follow = (command: string) => {
    const parsed = parseCommand(command);
    if ('message' in parsed) throw new Error(`${command}: ${parsed.message}`);
    return render(parsed as PagedCommand);
  };
  const idsOf = (card: AdaptiveCard) =>
    toCardTexts(card)
      .join('\n')
      .match(/\b[re]-\d+\./g) ?? [];

  test('shows everything in its pages, each once, and says how many more there are', () => {
    const seen: string[] = [];
    let next: string | undefined = typed;
    while (next !== undefined) {
      const card = follow(next);
      const shown = [...new Set(idsOf(card))];
      seen.push(...shown);
      [next] = buttonsOf(card);
      const left = 40 - seen.length;
      const texts = toCardTexts(card).join('\n');
      if (left > 0) expect(texts).toContain(`${left} more\nNext page: **${next}**`);
      else expect(texts).not.toContain('Next page');
    }
    expect(seen).toHaveLength(40);
    expect(new Set(seen).size).toBe(40);
  });

  test('shows the last page for one after it', () => {
    expect(idsOf(follow(`${typed} page=999`))).toContain(
      typed === 'experiments' ? 'e-39.' : 'r-39.',
    );
  });
});

test('the history says that there are more than it knows of', () => {
  const known = Array.from({ length: runsOnPage + 100 }, () => sampleRun());
  const page = cutRunPage(known, { page: 1, size: runsOnPage }, true);
  expect(toCardTexts(renderHistoryCard(page)).join('\n')).toContain('More than 100 more');
});

test('runs that are conducted come before those that wait', () => {
  const active = sampleRuns['observe'];
  if (!active) throw new Error('no sample');
  const views = [...runs, { ...active, id: 'r-active' as RunId }].map((run) => ({ run }));
  expect(toCardTexts(renderStatusCard(views))[1]).toContain('r-active');
});

test('what is broken comes first', () => {
  const broken = [...checks, { name: 'cluster aks', ok: false, detail: 'gone' }];
  expect(toCardTexts(renderHealthCard({ at: 0, checks: broken }))[2]).toContain('cluster aks');
});

describe('page=2', () => {
  test.each([
    'status page=2',
    'status r-7k2mq4 page=3',
    'summarize 7d page=2',
    'summarize today page=12',
    'audit r-7k2mq4 page=2',
    'experiments page=2',
    'history page=2',
    'health page=2',
  ])('%s is read and printed', (typed) => {
    const command = parseCommand(typed);
    if ('message' in command) throw new Error(command.message);
    expect(command).toMatchObject({ page: Number(typed.split('page=')[1]) });
    expect(printCommand(command)).toBe(typed);
  });

  test('is no parameter of a run', () => {
    expect(parseCommand('run pod-failure page=2')).toHaveProperty('message');
  });
});

describe('the commands that were probably meant', () => {
  const card = (tryInstead: readonly string[]) =>
    renderErrorCard({ message: 'No.', suggestion: 'Try again.', tryInstead });

  test('are buttons that send them as if they were typed, three at most', () => {
    const commands = ['run a duration=90s', 'run b', 'run c', 'run d'];
    expect(card(commands)['actions']).toEqual(
      commands.slice(0, 3).map((command) => ({
        type: 'Action.Submit',
        title: command,
        associatedInputs: 'none',
        data: { command },
      })),
    );
  });

  test('are no buttons where they are too long for one', () => {
    expect(buttonsOf(card(['run a', `run ${'x'.repeat(500)}`]))).toEqual(['run a']);
  });

  test.each(['helth', 'run pod-failur duration=90s', 'sumarize 7d'])(
    'are offered for %j, and are commands',
    (typed) => {
      const problem = parseCommand(typed, { experiments: ['pod-failure'], services: [] });
      if (!('message' in problem)) throw new Error('this is a command');
      const buttons = buttonsOf(renderErrorCard(problem));
      expect(buttons.length).toBeGreaterThan(0);
      for (const command of buttons) expect(parseCommand(command)).not.toHaveProperty('message');
    },
  );
});

test('an audit that went on from a mark says when the whole journal was last verified', () => {
  const textsOf = (change: object) =>
    toCardTexts(renderAuditCard({ report: { ...report, ...change } })).join('\n');
  const fullAt = Date.UTC(2026, 10, 23, 9, 0, 0);
  expect(textsOf({ fullAt })).toMatch(/The whole journal was last verified at .*09:00:00 UTC/);
  expect(textsOf({})).not.toContain('last verified');
});
