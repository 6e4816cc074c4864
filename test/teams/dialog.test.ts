import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ExperimentTemplate } from '../../src/domain/catalogue.ts';
import { ChaosError } from '../../src/domain/chaos-error.ts';
import { tailorExperiment } from '../../src/domain/tailor-experiment.ts';
import type { DraftRequest, ProposeRequest, UseCases } from '../../src/runs/use-cases.ts';
import type { HttpServer } from '../../src/server.ts';
import { startConnector, type Connector } from '../support/connector.ts';
import { toCardTexts } from '../support/card-texts.ts';
import { sampleProposal, sampleRun } from '../support/proposal.ts';
import { brokenUseCases, deliver, serveBot, toActivity } from '../support/served-bot.ts';

const sample = sampleProposal();
const template: ExperimentTemplate = { ...sample, name: 'pod-failure', service: 'diabetes' };
const other: ExperimentTemplate = { ...template, name: 'pod-kill', title: 'A pod is deleted' };

type Asked = DraftRequest | ProposeRequest;
let asked: { what: 'preview' | 'propose'; request: Asked }[];
/** How the cluster answers. */
let respond: () => Promise<void>;

const useCases: UseCases = {
  ...brokenUseCases,
  experiments: () => [template, other],
  services: () => ['diabetes', 'fraud'],
  preview: async (request) => {
    asked.push({ what: 'preview', request });
    await respond();
    return { ...sample, ...tailorExperiment(template, request.parameters) };
  },
  propose: async (request) => {
    asked.push({ what: 'propose', request });
    await respond();
    return sampleRun([]);
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
  asked = [];
  respond = () => Promise.resolve();
});

type Element = { type: string; id?: string; value?: unknown; data?: Record<string, unknown> };
type Card = { body: Element[]; actions: Element[] };
type Page = {
  task: {
    type: string;
    value: string | { card: { content: Card } };
  };
};

async function invoke(name: string, data?: object): Promise<Page['task']> {
  const value = { commandId: 'run', ...(data ? { data } : {}) };
  const activity = toActivity(connector.serviceUrl, { type: 'invoke', name, value });
  const { status, text } = await deliver(server.url, activity);
  expect(status).toBe(200);
  return (JSON.parse(text) as Page).task;
}

const cardOf = ({ value }: Page['task']) => {
  if (typeof value === 'string') throw new Error(`no card: ${value}`);
  return value.card.content;
};
const textOf = (task: Page['task']) => toCardTexts(cardOf(task)).join('\n');
/** What a client submits when nobody changes anything: the inputs as they are shown, and the button's data. */
const submit = (task: Page['task'], step: string, change: object = {}) =>
  fillIn(cardOf(task), step, change);
const fillIn = ({ body, actions }: Card, step: string, change: object = {}) => {
  const inputs = body.filter(({ type }) => type.startsWith('Input.'));
  const data = actions.find((action) => action.data?.['step'] === step)?.data;
  return {
    ...Object.fromEntries(inputs.map(({ id, value }) => [id, value])),
    ...data,
    ...change,
  };
};
const pages = { experiment: 'pod-failure' };

describe.each([
  ['a button', 'task/fetch', 'task/submit'],
  ['the message extension', 'composeExtension/fetchTask', 'composeExtension/submitAction'],
])('the form, from %s', (_where, fetchName, submitName) => {
  test('leads from the experiments over what it would hit to a proposal', async () => {
    const choice = await invoke(fetchName);
    expect(JSON.stringify(cardOf(choice))).toContain('pod-kill: A pod is deleted');
    const form = await invoke(submitName, submit(choice, 'adjust'));
    expect(textOf(form)).toContain('What it would do now');
    expect(textOf(form)).toContain('diabetes-7c9f-b');
    const changed = { duration: '90s', mode: 'fixed', value: 2, 'at-availability': 99 };
    const previewed = await invoke(submitName, submit(form, 'preview', changed));
    expect(textOf(previewed)).toContain('pod-failure, 2 pods, for 90s');
    expect(textOf(previewed)).toContain('/chaos run pod-failure duration=90s mode=fixed value=2');
    const done = await invoke(submitName, submit(previewed, 'propose'));
    expect(done).toEqual({ type: 'message', value: expect.stringMatching(/^Proposed as r-/) });
    expect(asked.map(({ what }) => what)).toEqual(['preview', 'preview', 'propose']);
    expect(asked.at(-1)?.request.parameters).toEqual({
      durationMs: 90_000,
      mode: 'fixed',
      value: 2,
      valueUnit: 'pods',
      tolerances: [{ signal: 'availability', comparison: '>=', bound: 0.99 }],
    });
  });
});

describe('the form, in a client without dialogs', () => {
  /** Presses a button that such a client sends as a message; gives the card of the answer. */
  const press = async (value: object): Promise<Card> => {
    const before = connector.calls.length;
    const message = toActivity(connector.serviceUrl, { text: undefined, value });
    expect(await deliver(server.url, message)).toMatchObject({ status: 200 });
    await connector.untilCalls(before + 1);
    return connector.calls[before]?.body.attachments?.[0]?.content as Card;
  };

  test('is a card in the conversation, from the button to the proposal', async () => {
    const choice = await press({ step: 'choose' });
    expect(JSON.stringify(choice)).toContain('pod-kill: A pod is deleted');
    const form = await press(fillIn(choice, 'adjust'));
    expect(toCardTexts(form).join('\n')).toContain('What it would do now');
    const done = await press(fillIn(form, 'propose', { duration: '90s' }));
    expect(toCardTexts(done).join('\n')).toContain('Proposed as r-');
    expect(asked.at(-1)).toMatchObject({
      what: 'propose',
      request: { parameters: { durationMs: 90_000 }, origin: { conversationId: '19:chaos' } },
    });
  });

  test('proposes once when the button is pressed twice', async () => {
    const form = await press({ ...pages, step: 'adjust' });
    await press(fillIn(form, 'propose'));
    await press(fillIn(form, 'propose'));
    const keys = asked.flatMap(({ request }) =>
      'origin' in request ? [request.origin.requestKey] : [],
    );
    expect([keys.length, new Set(keys).size]).toEqual([2, 1]);
  });
});

describe('the form', () => {
  test('never gives back more than it can show', async () => {
    const typed = { hypothesis: 'h'.repeat(60_000), duration: 'd'.repeat(60_000) };
    const formId = 'f'.repeat(60_000);
    const answer = await invoke('task/submit', { ...pages, ...typed, formId, step: 'preview' });
    expect(2 * JSON.stringify(cardOf(answer)).length).toBeLessThan(25_000);
    const unknown = await invoke('task/submit', { experiment: 'x'.repeat(60_000), step: 'adjust' });
    expect(textOf(unknown)).toContain('There is no experiment "xxx');
    expect(2 * JSON.stringify(cardOf(unknown)).length).toBeLessThan(25_000);
  });

  test('shows what was typed as it was typed, with what is wrong', async () => {
    const answer = await invoke('task/submit', { ...pages, step: 'preview', duration: '`soon`' });
    expect(textOf(answer)).toMatch(/duration="\\`soon\\`"/);
  });

  test('asks for nothing but the experiment when nothing is changed', async () => {
    const form = await invoke('task/submit', { ...pages, step: 'adjust' });
    await invoke('task/submit', submit(form, 'propose'));
    expect(asked.at(-1)?.request).toMatchObject({
      experiment: 'pod-failure',
      parameters: { tolerances: [] },
      proposer: { name: 'Alex' },
      origin: { conversationId: '19:chaos' },
    });
  });

  test('proposes once when it is submitted twice, since its name goes with the request', async () => {
    const form = await invoke('task/submit', { ...pages, step: 'adjust' });
    await invoke('task/submit', submit(form, 'propose'));
    await invoke('task/submit', submit(form, 'propose'));
    const keys = asked.flatMap(({ request }) =>
      'origin' in request ? [request.origin.requestKey] : [],
    );
    expect(keys).toHaveLength(2);
    expect(new Set(keys).size).toBe(1);
  });

  test.each([
    [{ duration: 'soon' }, /"soon" is not a duration/],
    [{ value: 'many' }, /"many" is not a whole number/],
    [{ mode: 'some' }, /no mode "some"/],
    [{ duration: '1s' }, /at least 10s/],
    [{ mode: 'fixed', value: '' }, /needs a value/],
    [{ 'at-availability': 120 }, /not a tolerance/],
  ])('with %j keeps what was typed and says what is wrong', async (change, problem) => {
    const form = await invoke('task/submit', { ...pages, step: 'adjust' });
    const answer = await invoke('task/submit', submit(form, 'preview', change));
    expect(textOf(answer)).toMatch(problem);
    const [[id, typed] = []] = Object.entries(change);
    // What is no number cannot stand in a number input.
    const kept = id === 'value' ? undefined : typed;
    expect(cardOf(answer).body.find((element) => element.id === id)?.value).toEqual(kept);
  });

  test('has no value for a number that nobody gave', async () => {
    const form = cardOf(await invoke('task/submit', { ...pages, step: 'adjust' }));
    const numbers = form.body.filter(({ type }) => type === 'Input.Number');
    expect(numbers.map(({ id, value }) => [id, typeof value])).toEqual([
      ['value', 'undefined'],
      ['at-availability', 'number'],
      ['at-p95', 'number'],
      ['at-pods-ready', 'number'],
    ]);
  });

  test('goes back to the choice', async () => {
    const form = await invoke('task/submit', { ...pages, step: 'adjust' });
    expect(textOf(await invoke('task/submit', submit(form, 'choose')))).toContain('Propose a run');
  });

  test.each([
    ['nothing', undefined],
    ['what is no object', 'x'],
    ['an unknown experiment', { experiment: 'coffee', step: 'propose' }],
    ['an unknown step', { experiment: {}, step: 7 }],
  ])('with %s begins anew', async (_what, data) => {
    expect(textOf(await invoke('task/submit', data as object))).toContain('Propose a run');
    expect(asked).toEqual([]);
  });

  test('says what the cluster says', async () => {
    respond = () =>
      Promise.reject(
        new ChaosError('cluster-unreachable', 'The Kubernetes API does not answer.', {
          suggestion: 'Look at its address.',
        }),
      );
    const answer = await invoke('task/submit', { ...pages, step: 'adjust' });
    expect(textOf(answer)).toContain('The Kubernetes API does not answer. Look at its address.');
  });

  test('is answered within a second when the cluster takes long, and tells afterwards what failed', async () => {
    respond = async () => {
      await delay(1_500);
      throw new ChaosError('cluster-unreachable', 'The Kubernetes API does not answer.', {
        suggestion: 'Look at its address.',
      });
    };
    const form = await invoke('task/submit', { ...pages, step: 'adjust' });
    expect(textOf(form)).toContain('has not answered yet');
    const before = connector.calls.length;
    const done = await invoke('task/submit', submit(form, 'propose'));
    expect(done).toMatchObject({
      type: 'message',
      value: expect.stringContaining('being proposed'),
    });
    await connector.untilCalls(before + 1);
    const told = toCardTexts(connector.calls[before]?.body.attachments?.[0]?.content);
    expect(told.join(' ')).toContain('The Kubernetes API does not answer.');
  });
});
