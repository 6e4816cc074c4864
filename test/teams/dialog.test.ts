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
type Page = {
  task: {
    type: string;
    value: string | { card: { content: { body: Element[]; actions: Element[] } } };
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
const submit = (task: Page['task'], step: string, change: object = {}) => {
  const { body, actions } = cardOf(task);
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
    expect(textOf(form)).toContain('What it would hit now');
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

describe('the form', () => {
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
    const [[id, value] = []] = Object.entries(change);
    expect(cardOf(answer).body.find((element) => element.id === id)?.value).toEqual(value);
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
    expect(textOf(form)).toContain('takes long');
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
