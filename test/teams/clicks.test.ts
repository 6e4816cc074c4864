import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Refusal } from '../../src/domain/approval.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import type { DecideRequest, UseCases } from '../../src/runs/use-cases.ts';
import type { HttpServer } from '../../src/server.ts';
import { sampleRuns } from '../support/card-gallery.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { startConnector, type Connector } from '../support/connector.ts';
import { approver, bystander, proposer } from '../support/proposal.ts';
import { brokenUseCases, deliver, serveBot, toActivity } from '../support/served-bot.ts';

const sample = (name: string) => {
  const run = sampleRuns[name];
  if (!run) throw new Error(`no sample ${name}`);
  return run;
};
const proposed = sample('proposed');
const approved = sample('approved');

let decided: DecideRequest[];
/** What deciding waits for. */
let slowness: () => Promise<unknown>;
let refusal: Refusal | undefined;

const useCases: UseCases = {
  ...brokenUseCases,
  decide: async (request) => {
    decided.push(request);
    await slowness();
    return { run: approved, ...(refusal ? { refusal } : {}) };
  },
  find: async () => {
    await slowness();
    return { run: proposed };
  },
};

let connector: Connector;
let server: HttpServer;
beforeAll(async () => {
  connector = await startConnector();
  server = await serveBot({ mode: 'off' }, useCases);
});
afterAll(async () => {
  await server.close();
  await connector.close();
});
beforeEach(() => {
  decided = [];
  refusal = undefined;
  slowness = () => Promise.resolve();
});

const clickBy = (person: { id: string; name: string }, verb: string, change: object = {}) =>
  toActivity(connector.serviceUrl, {
    type: 'invoke',
    name: 'adaptiveCard/action',
    from: { id: `29:${person.id}`, name: person.name, aadObjectId: person.id },
    value: {
      action: {
        type: 'Action.Execute',
        verb,
        data: { runId: proposed.id, digest: proposed.digest },
      },
    },
    ...change,
  });

type Answer = { type: string; value: unknown };
const click = async (activity: object): Promise<Answer> =>
  JSON.parse((await deliver(server.url, activity)).text) as Answer;
const buttonsOf = ({ value }: Answer) =>
  (value as { actions: { title: string }[] }).actions.map(({ title }) => title);

describe('a card that waits for approval', () => {
  test.each([
    ['an approver', approver, ['Approve', 'Reject']],
    ['its proposer', proposer, ['Withdraw']],
    ['anybody else', bystander, []],
  ])('shows %s what they can do', async (_who, person, buttons) => {
    const answer = await click(clickBy(person, 'run.refresh'));
    expect(buttonsOf(answer)).toEqual(buttons);
    expect(toCardTexts(answer.value).join(' ')).toContain('May approve');
    expect(answer.value).toMatchObject({ refresh: { userIds: [`29:${person.id}`] } });
  });
});

describe('a click', () => {
  test('that is delivered again is done once and answered the same, also while the first is under way', async () => {
    slowness = () => delay(300);
    const activity = clickBy(approver, 'run.approve');
    const answers = await Promise.all([click(activity), click(activity)]);
    answers.push(await click(activity));
    expect(decided).toHaveLength(1);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  test('that rejects says why, which is kept and cut to a sentence', async () => {
    const { runId, digest } = { runId: proposed.id, digest: proposed.digest };
    const rejectWith = (reason: unknown) =>
      click(
        clickBy(approver, 'run.reject', {
          value: { action: { verb: 'run.reject', data: { runId, digest, reason } } },
        }),
      );
    await rejectWith('  Not on a Friday.  ');
    await rejectWith('x'.repeat(1_000));
    await rejectWith({ not: 'a text' });
    expect(decided.map(({ reason }) => reason)).toEqual([
      'Not on a Friday.',
      'x'.repeat(200),
      undefined,
    ]);
  });

  test('with the id of another, from somebody else, is a click of its own', async () => {
    const activity = clickBy(approver, 'run.approve');
    await click(activity);
    await click({ ...clickBy(bystander, 'run.approve'), id: activity.id });
    await click({ ...clickBy(approver, 'run.reject'), id: activity.id });
    expect(decided.map(({ by, decision }) => [by.name, decision])).toEqual([
      [approver.name, 'approve'],
      [bystander.name, 'approve'],
      [approver.name, 'reject'],
    ]);
  });

  test('that is refused after its answer is told so in the conversation', async () => {
    refusal = 'not-approver';
    slowness = () => delay(1_400);
    const before = connector.calls.length;
    const answer = await click(clickBy(bystander, 'run.approve'));
    expect(answer.value).toContain('Your approval is being recorded');
    await connector.untilCalls(before + 1);
    const told = toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content).join(' ');
    expect(told).toContain(`The click of ${bystander.name} was refused`);
    expect(told).toContain('You are not among the approvers of this experiment');
  });

  test('that asks for a report too late for its answer gets it in the conversation', async () => {
    slowness = () => delay(1_400);
    const before = connector.calls.length;
    const answer = await click(clickBy(approver, 'run.report'));
    expect(answer.value).toContain('This takes a moment.');
    await connector.untilCalls(before + 1);
    const told = toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content).join(' ');
    expect(told).toContain(proposed.id);
  });

  test('of Teams itself that fails late is told to nobody', async () => {
    slowness = () => delay(1_400).then(() => Promise.reject(new Error('down')));
    const before = connector.calls.length;
    await click(clickBy(approver, 'run.refresh'));
    // What is said next is the answer to what is asked next.
    await delay(1_500);
    slowness = () => Promise.resolve();
    await deliver(server.url, toActivity(connector.serviceUrl, { text: 'help' }));
    await connector.untilCalls(before + 1);
    expect(toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content)[0]).toBe(
      'Chaos Marshal',
    );
  });

  test.each([
    ['run.approve', 'Your approval is being recorded'],
    ['run.reject', 'Your rejection is being recorded'],
  ])('on %s is answered within a second, and told when it fails after that', async (verb, told) => {
    slowness = async () => {
      await delay(1_400);
      throw new ChaosError('store-unavailable', 'The database does not answer.', {
        suggestion: 'Look at its log.',
      });
    };
    const before = connector.calls.length;
    const answer = await click(clickBy(approver, verb));
    expect(answer.value).toContain(told);
    expect(connector.calls).toHaveLength(before);
    await connector.untilCalls(before + 1);
    const failure = toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content);
    expect(failure.join(' ')).toContain('The database does not answer.');
  });
});
