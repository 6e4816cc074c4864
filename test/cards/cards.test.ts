import { describe, expect, test } from '@jest/globals';
import { renderRunCard } from '../../src/cards/run-card.ts';
import { renderSummaryCard } from '../../src/cards/summary-card.ts';
import { formSteps } from '../../src/cards/run-form.ts';
import { toRunState } from '../../src/cards/run-state.ts';
import { cardVerbs } from '../../src/teams/handle-card-action.ts';
import { dialogInvokes } from '../../src/teams/handle-dialog.ts';
import {
  interruptedProgress,
  sampleProgress,
  sampleRuns,
  toGallery,
} from '../support/card-gallery.ts';
import { toCardTexts } from '../support/card-texts.ts';
import {
  approver,
  proposer,
  sampleCourse,
  sampleMeasurement,
  sampleRule,
  sampleRun,
  startOfTime,
} from '../support/proposal.ts';

const cards = Object.entries(toGallery());
const runs = Object.entries(sampleRuns);
/** What Teams takes at most, by the strictest of its pages, in UTF-16. */
const largestBytes = 25 * 1_024;

const ofVersion15 = [
  'TextBlock',
  'Container',
  'ColumnSet',
  'Column',
  'FactSet',
  'Table',
  'TableRow',
  'TableCell',
  'Image',
  'ActionSet',
  'Input.Text',
  'Input.Number',
  'Input.ChoiceSet',
  'Action.Execute',
  'Action.Submit',
];

type Element = Readonly<Record<string, unknown>>;

function* walk(node: unknown): Generator<Element> {
  if (Array.isArray(node)) for (const item of node) yield* walk(item);
  else if (typeof node === 'object' && node !== null) {
    yield node as Element;
    for (const value of Object.values(node)) yield* walk(value);
  }
}

const elementsOf = (card: unknown, type: string) =>
  [...walk(card)].filter((element) => element['type'] === type);

describe.each(cards)('the card "%s"', (_name, card) => {
  test('is version 1.5, says what it is without being seen, and fits', () => {
    expect(card.version).toBe('1.5');
    expect(card['speak']).toMatch(/\w/);
    expect(card['fallbackText']).toMatch(/\w/);
    expect(JSON.stringify(card).length * 2).toBeLessThan(largestBytes);
  });

  test('has every text filled in, wrapped and not empty', () => {
    expect(JSON.stringify(card)).not.toMatch(/\$\{|undefined|NaN|\[object|Invalid/);
    for (const block of elementsOf(card, 'TextBlock')) {
      expect(block['wrap']).toBe(true);
    }
  });

  test('is made of what Teams knows, or says what stands in its place', () => {
    for (const element of walk(card.body)) {
      const { type } = element;
      if (typeof type !== 'string' || !/^[A-Z]/.test(type)) continue;
      if (!ofVersion15.includes(type)) expect([type, element['fallback']]).toEqual([type, 'drop']);
      if (type === 'Image') expect(element['altText']).toMatch(/\w/);
      if (type.startsWith('Input.')) expect(element['label']).toMatch(/\w/);
      if (type === 'Chart.Line')
        expect(toCardTexts(card).join(' ')).toMatch(/Predictions failed|No prediction failed/);
    }
    const ids = [...walk(card)].flatMap(({ id, type }) =>
      typeof type === 'string' && typeof id === 'string' && type !== 'mention' ? [id] : [],
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has at most three actions, which carry the run and its digest and nothing else', () => {
    const actions = elementsOf(card, 'Action.Execute');
    expect(actions.length).toBeLessThanOrEqual(3);
    for (const { data, title } of actions) {
      expect(Object.keys(data as object).toSorted()).toEqual(['digest', 'runId']);
      expect(title).toMatch(/\w/);
    }
  });
});

describe('what the cards offer', () => {
  const all = cards.flatMap(([, card]) => [...walk(card)]);

  test('is answered: every verb has a handler, and every handler a card', () => {
    const verbs = all.flatMap(({ verb }) => (typeof verb === 'string' ? [verb] : []));
    expect(new Set(verbs)).toEqual(new Set(cardVerbs));
  });

  test('is answered: every step of the form, and what opens it', () => {
    const submits = all.filter(({ type }) => type === 'Action.Submit').map(({ data }) => data);
    const steps = submits.flatMap((data) => (data as { step?: string }).step ?? []);
    expect(new Set(steps)).toEqual(new Set(formSteps));
    expect(submits).toContainEqual({ step: 'choose', msteams: { type: 'task/fetch' } });
    expect(dialogInvokes).toContain('task/fetch');
  });
});

describe('the state of a run', () => {
  test('is said by a word of its own, so that colour says nothing alone', () => {
    const words = runs.map(([, run]) => toRunState(run).word);
    // Three of the samples wait for approval, and two end a fault, by stop and by guard.
    expect(new Set(words).size).toBe(words.length - 3);
    for (const [name, run] of runs) {
      const card = renderRunCard(run, { now: startOfTime });
      expect([name, toCardTexts(card)[0]]).toEqual([name, expect.stringMatching(/\p{L}/u)]);
    }
  });

  test.each([
    ['proposed', ['run.approve', 'run.reject']],
    ['approved', ['run.stop']],
    ['baseline', ['run.stop']],
    ['observe', ['run.stop']],
    ['observe, stop asked', []],
    ['held', ['run.report']],
    ['rejected', []],
  ])('%s offers %j', (name, verbs) => {
    const run = sampleRuns[name];
    if (!run) throw new Error(`no sample ${name}`);
    const card = renderRunCard(run, { now: startOfTime });
    expect(elementsOf(card, 'Action.Execute').map(({ verb }) => verb)).toEqual(verbs);
  });
});

describe('what people and the cluster call things', () => {
  const hostile = '[Click](https://evil.example) **bold** ${digest} <at>all</at> _x_';

  test('shows as they typed it and is never executed', () => {
    const run = sampleRun([], {
      title: hostile,
      proposer: { ...proposer, name: hostile },
      hypothesis: { title: hostile, tolerances: [] },
    });
    for (const card of [renderRunCard(run, { now: startOfTime }), renderSummaryCard(run)]) {
      const text = toCardTexts(card).join('\n');
      expect(text).toContain('${digest}');
      expect(text).not.toContain(`[Click](`);
      expect(text).not.toContain('**bold**');
    }
  });
});

test('the live card says how far each guard is from ending the fault', () => {
  const card = cards.find(([name]) => name === 'run observe, all guards')?.[1];
  const guards = toCardTexts(card).filter((text) => /^\S+ guard: /.test(text));
  expect(guards).toEqual([
    'Availability guard: 97\u00A0% over 10s, floor 50%',
    'Failures-in-a-row guard: 0 lost in a row, 20 end the fault',
    'Early-drop guard: 0% of the way to stopping',
    'Error-budget guard: 600ms of 20s spent',
  ]);
});

test('a fault that is over has no guard that could end it', () => {
  const texts = toCardTexts(cards.find(([name]) => name === 'run recover')?.[1]);
  expect(texts.some((text) => text.startsWith('Failures: '))).toBe(true);
  expect(texts.filter((text) => /^\S+ guard: /.test(text))).toEqual([]);
});

describe('a proposal', () => {
  const texts = (name: string) =>
    toCardTexts(cards.find(([other]) => other === name)?.[1]).join('\n');

  test.each(['run proposed', 'dry run', 'form, adjusting'])(
    '(%s) says what it may cost, and that it is too short to decide',
    (name) => {
      expect(texts(name)).toContain('2m 20s of full outage (20s of fault, 2m to recover)');
      expect(texts(name)).toMatch(
        /20s of the fault cannot show availability >= 99%, however good the service is: it takes 369 predictions, 37s at 10\/s/,
      );
    },
  );

  test('says what its price is of the error budget, and what is spent', () => {
    expect(texts('run proposed, one of two')).toContain(
      '6.94\u00A0% of the error budget of 43m 12s, 12s of it used',
    );
  });
});

describe('a summary', () => {
  const texts = (name: string) => toCardTexts(cards.find(([other]) => other === name)?.[1]);

  test('says what a fault changed and cost, in words', () => {
    const facts = texts('summary deviated');
    expect(facts).toContainEqual(
      expect.stringMatching(/^Change vs. baseline: availability was 20\.0 points lower /),
    );
    expect(facts).toContainEqual(
      expect.stringMatching(
        /^Spent: 120 of 600 predictions failed from the .* to recovery.*, equal to 12s of full outage$/,
      ),
    );
    expect(facts).toContain(
      'Attribution: Of 120 predictions that failed from the beginning of the fault to recovery: 25 while disturbed pods were in rotation; 90 at the same time as disturbances, which may be a coincidence; 5 unexplained',
    );
  });

  test('says what would have decided an inconclusive run', () => {
    const during = sampleMeasurement({ sent: 40, good: 39 });
    const run = sampleRun([
      ...sampleCourse({ during }),
      { type: 'ended', ending: 'completed', verdict: 'inconclusive', why: '' },
    ]);
    expect(toCardTexts(renderSummaryCard(run)).join('\n')).toMatch(
      /\? inconclusive: availability >= 95%, observed 97\.50\u00A0%\. availability >= 95% could not be decided during the fault: .* 80% sure to be decided after 15s if it is really 99%/,
    );
  });

  test('says that too little was measured where that left it undecided', () => {
    const said = texts('summary inconclusive');
    expect(said).toContain('? inconclusive: availability >= 95%, observed 97.50\u00A0%');
    expect(said).toContainEqual(
      expect.stringMatching(/^Only 6\.6% of the predictions due during the fault were measured/),
    );
  });
});

describe('who may approve', () => {
  const cardFor = (names: readonly string[]) => {
    const approvers = names.map((name, index) => ({ ...approver, id: `${index}` as never, name }));
    const card = renderRunCard(sampleRun([], { approvalRule: sampleRule(approvers) }), {
      now: startOfTime,
    });
    const { entities } = card['msteams'] as { entities: { text: string; mentioned: object }[] };
    return { text: toCardTexts(card).find((text) => /approve/.test(text)), entities };
  };

  test('is mentioned, so that Teams tells them', () => {
    const { text, entities } = cardFor(['Priya Nair', 'Jonas <b>& Berg']);
    expect(text).toBe('May approve: <at>Priya Nair</at>, <at>Jonas b Berg</at>');
    expect(entities).toEqual([
      { type: 'mention', text: '<at>Priya Nair</at>', mentioned: { id: '0', name: 'Priya Nair' } },
      {
        type: 'mention',
        text: '<at>Jonas b Berg</at>',
        mentioned: { id: '1', name: 'Jonas b Berg' },
      },
    ]);
  });

  test('is counted when they are many', () => {
    const { text, entities } = cardFor(Array.from({ length: 40 }, (_, index) => `P${index}`));
    expect(entities).toHaveLength(5);
    expect(text).toMatch(/and 35 more$/);
  });

  test('is nobody when only the proposer could', () => {
    const card = renderRunCard(sampleRun([], { approvalRule: sampleRule([proposer]) }), {
      now: startOfTime,
    });
    expect(toCardTexts(card)).toContain(
      'Nobody else may approve it: ask for more approvers in chaos.yaml.',
    );
  });

  test('is of no interest any more once it is decided', () => {
    const run = sampleRuns['approved'];
    if (!run) throw new Error('no sample');
    expect(renderRunCard(run, { now: startOfTime })['msteams']).toMatchObject({ entities: [] });
  });
});

describe('the live numbers', () => {
  const run = sampleRuns['observe'];
  if (!run) throw new Error('no sample');

  test('say what is not known yet', () => {
    const progress = sampleProgress(run, {
      predictions: { sent: 0, good: 0, failures: {}, latency: null, within: [] },
      pods: { pods: [], confirmedAt: 0 },
      changes: [],
      windows: [],
    });
    const texts = toCardTexts(renderRunCard(run, { now: progress.at, progress }));
    expect(texts).toEqual(expect.arrayContaining(['–', 'nothing sent yet', 'p95 –']));
    expect(texts.join('\n')).toContain('pods not seen yet');
  });

  test('say of pods that are not seen now how old it is what they show', () => {
    const view = sampleProgress(run).pods;
    const say = (agoMs: number, hasFailed?: true) => {
      const pods = { ...view, ...(hasFailed ? { hasFailed } : {}) };
      const { at } = sampleProgress(run);
      const progress = sampleProgress(run, { pods: { ...pods, confirmedAt: at - agoMs } });
      return toCardTexts(renderRunCard(run, { now: at, progress }));
    };
    expect(say(49_000)).toEqual(
      expect.arrayContaining(['2 of 3, 49s ago', '▲ Not seen for 49s. Before that:']),
    );
    expect(say(6_000, true)).toContain('2 of 3, 6s ago');
    expect(say(6_000)).toContain('2 of 3');
    expect(say(6_000).join()).not.toContain('Not seen for');
  });

  test('put what is wrong first', () => {
    const progress = sampleProgress(run);
    const texts = toCardTexts(renderRunCard(run, { now: progress.at, progress }));
    const first = texts.find((text) => /ready.*diabetes/.test(text));
    expect(first).toContain('○ not ready (ContainersNotReady) diabetes-7c9f-b, 2 restarts');
  });

  test('count the pods that do not fit', () => {
    const [pod] = sampleProgress(run).pods.pods;
    if (!pod) throw new Error('no pod');
    const many = Array.from({ length: 200 }, (_, index) => ({ ...pod, name: `pod-${index}` }));
    const progress = sampleProgress(run, { pods: { pods: many, confirmedAt: startOfTime } });
    const card = renderRunCard(run, { now: progress.at, progress });
    expect(toCardTexts(card)).toContain('and 192 more, 192 of them ready');
    expect(JSON.stringify(card).length * 2).toBeLessThan(largestBytes);
  });
});

test('a proposal names the tightest of many disruption budgets, and how many there are beside', () => {
  const { blastRadius } = sampleRun().proposal;
  const budgets = Array.from({ length: 500 }, (_, index) => ({
    name: `budget-${index}`,
    disruptionsAllowed: (index * 7) % 500,
    currentHealthy: 3,
    desiredHealthy: 1,
    expectedPods: 3,
    pods: [],
  }));
  const card = renderRunCard(sampleRun([], { blastRadius: { ...blastRadius, budgets } }), {
    now: startOfTime,
  });
  expect(toCardTexts(card)).toContain(
    'Disruption budget: budget-0 allows 0 pods, budget-143 allows 1 pod, budget-286 allows 2 pods, and 497 more, none tighter',
  );
  expect(JSON.stringify(card).length * 2).toBeLessThan(largestBytes);
});

describe('what was due and not measured', () => {
  const textsOf = (name: 'inconclusive' | 'held') => {
    const run = sampleRuns[name];
    return run ? toCardTexts(renderSummaryCard(run)) : [];
  };

  test('is on the summary, with how much was measured in each phase, and why', () => {
    const texts = textsOf('inconclusive');
    expect(texts.slice(texts.indexOf('Measured / due')).slice(0, 4)).toEqual([
      'Measured / due',
      '300 of 300',
      '40 of 600',
      '300 of 300',
    ]);
    expect(texts).toContain(
      'Not measured (fault): 560 due predictions: the bot was restarted 09:00:05–09:00:55 UTC (500); the bot’s machine could not send them in time 09:00:56–09:00:57 UTC (60)',
    );
    expect(textsOf('held').join()).not.toContain('ot measured');
  });

  test('bounds the time to recovery', () => {
    expect(textsOf('inconclusive')).toContain('Good again after the fault: between 1s and 97s');
    expect(textsOf('held')).toContain('Good again after the fault: after 1s');
    expect(textsOf('inconclusive')).toContain('Pods ready again: between 3s and 96s');
    expect(textsOf('held').join()).not.toContain('between');
  });

  test('is on the live card, and no line of its chart leads across', () => {
    const { observe } = sampleRuns;
    if (!observe) throw new Error('no sample');
    const card = renderRunCard(observe, {
      now: startOfTime,
      progress: interruptedProgress(observe),
    });
    const texts = toCardTexts(card);
    expect(texts).toContain(
      'Not measured: 70 due predictions: the bot was restarted 09:01:05–09:01:12 UTC',
    );
    expect(texts.join()).toContain('Nothing was measured for 7s.');
    expect(JSON.stringify(card)).toContain('Good predictions, after gap 1');
    const whole = renderRunCard(observe, { now: startOfTime, progress: sampleProgress(observe) });
    expect(toCardTexts(whole).join()).not.toContain('easured');
  });
});
