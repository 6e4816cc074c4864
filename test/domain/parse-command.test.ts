import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Command, RunParameters } from '../../src/domain/command.ts';
import type { Tolerance } from '../../src/domain/hypothesis.ts';
import { toRunId } from '../../src/domain/ids.ts';
import { parseCommand } from '../../src/domain/parse-command.ts';
import { printCommand } from '../../src/domain/print-command.ts';

const availability = (bound: number): Tolerance => ({
  signal: 'availability',
  comparison: '>=',
  bound,
});
const p95: Tolerance = { signal: 'p95', comparison: '<=', bound: 300 };
const correct: Tolerance = { signal: 'correct', comparison: '>=', bound: 1 };
const podsReady: Tolerance = { signal: 'pods ready', comparison: '>=', bound: 2 };

describe('a command', () => {
  test.each([
    'run pod-failure',
    '/run pod-failure',
    'chaos run pod-failure',
    '/chaos run pod-failure',
    '  /Chaos   RUN\u00a0pod-failure ',
    'run\n pod-failure',
    '/chaos run pod\u2011failure',
    'run “pod-failure”',
    'run \u200bpod-failure\u200b',
  ])('%j proposes pod-failure', (text) => {
    expect(parseCommand(text)).toEqual({
      kind: 'run',
      experiment: 'pod-failure',
      parameters: { tolerances: [] },
    });
  });

  test('takes parameters in any order, quoted, as phones write them', () => {
    const text =
      'run pod-failure availability≥99.5% mode=fixed duration=5m p95<=300ms value=2 hypothesis=“All is well” target=diabetes';
    expect(parseCommand(text)).toEqual({
      kind: 'run',
      experiment: 'pod-failure',
      parameters: {
        tolerances: [availability(0.995), p95],
        mode: 'fixed',
        durationMs: 300_000,
        value: 2,
        valueUnit: 'pods',
        hypothesis: 'All is well',
        service: 'diabetes',
      },
    });
  });

  const parametersOf = (text: string) => {
    const command = parseCommand(`run pod-failure ${text}`);
    return 'parameters' in command ? command.parameters : command;
  };

  test.each([
    ['availability >= 99.5%', { tolerances: [availability(0.995)] }],
    ['availability>= 99.5%', { tolerances: [availability(0.995)] }],
    ['p95 ≤ 300ms  pods ready >= 2', { tolerances: [p95, podsReady] }],
    ['correct = 100%', { tolerances: [correct] }],
    ['"pods ready >= 2"', { tolerances: [podsReady] }],
    ['duration = 1h30m', { durationMs: 5_400_000, tolerances: [] }],
    ['baseline=2m', { baselineMs: 120_000, tolerances: [] }],
    [
      'MODE=Fixed-Percent value=50%',
      { mode: 'fixed-percent', value: 50, valueUnit: 'percent', tolerances: [] },
    ],
    ["hypothesis='it holds'", { hypothesis: 'it holds', tolerances: [] }],
    ["hypothesis=it's", { hypothesis: "it's", tolerances: [] }],
    ['hypothesis="5–6 of “ours”"', { hypothesis: '5–6 of “ours”', tolerances: [] }],
    ['hypothesis="turned by a phone”', { hypothesis: 'turned by a phone', tolerances: [] }],
    [
      String.raw`hypothesis="say \"no\" \\ \n"`,
      { hypothesis: String.raw`say "no" \ \n`, tolerances: [] },
    ],
    ['hypothesis="a\nb  c"', { hypothesis: 'a\nb  c', tolerances: [] }],
  ])('%j is read', (text, parameters) => {
    expect(parametersOf(text)).toMatchObject(parameters);
  });

  test.each([
    'run x dry',
    'run x DRY duration=90s',
    'run x duration=90s --dry',
    'run x —dry'.replace('—', '--'),
  ])('%j only asks what would happen', (text) =>
    expect(parseCommand(text)).toMatchObject({ kind: 'run', dry: true }),
  );

  test.each([
    ['', { kind: 'help' }],
    ['/chaos', { kind: 'help' }],
    ['run', { kind: 'choose' }],
    ['/chaos run', { kind: 'choose' }],
    ['stop', { kind: 'stop', all: false }],
    ['stop all', { kind: 'stop', all: true }],
    ['freeze', { kind: 'freeze' }],
    [
      'freeze incident 4711, see "the channel"',
      { kind: 'freeze', reason: 'incident 4711, see the channel' },
    ],
    [`freeze ${'x'.repeat(300)}`, { kind: 'freeze', reason: 'x'.repeat(200) }],
    ['unfreeze', { kind: 'unfreeze' }],
    ['STOP R-7K2MQ4', { kind: 'stop', all: false, runIds: ['r-7k2mq4'] }],
    ['stop r-7k2mq4 r-7k2mq5', { kind: 'stop', all: false, runIds: ['r-7k2mq4', 'r-7k2mq5'] }],
    ['status 7k2mq4', { kind: 'status', runId: 'r-7k2mq4' }],
    ['summarize today', { kind: 'summarize', span: 'today' }],
    ['summarize 7d', { kind: 'summarize', span: '7d' }],
    ['audit', { kind: 'audit' }],
    ['audit r-7k2mq4', { kind: 'audit', runId: 'r-7k2mq4' }],
    ['experiments', { kind: 'experiments' }],
    ['experiments prepare pod-failure', { kind: 'prepare', experiment: 'pod-failure' }],
    [
      'Experiments PREPARE pod-failure target=diabetes',
      { kind: 'prepare', experiment: 'pod-failure', service: 'diabetes' },
    ],
    ['history', { kind: 'history' }],
    ['health', { kind: 'health' }],
  ])('%j is understood', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test.each([
    ['experiment', /didn't understand "experiment"/, /`experiments`/, '▸experiment◂'],
    [
      'experiments prepare',
      /Which experiment/,
      /experiments prepare pod-failure/,
      'experiments ▸prepare◂',
    ],
    ['experiments prepare a b', /Which experiment/, /target=SERVICE/, 'experiments prepare a ▸b◂'],
    ['make coffee', /didn't understand "make"/, /To stop a run, write `stop`/, '▸make◂ coffee'],
    ['run duration=5m', /Which experiment/, /comes first/, 'run ▸duration=5m◂'],
    ['run x 90s', /"90s" is not a parameter/, /`duration=90s`/, 'run x ▸90s◂'],
    [
      'run x duratoin=90s mode=one',
      /no parameter "duratoin"/,
      /`duration=`.*`duration=90s`/,
      'run x ▸duratoin=90s◂ mode=one',
    ],
    ['run x duration=soon', /duration="soon" is not/, /`90s`/, 'run x ▸duration=soon◂'],
    ['run x duration=', /duration="" is not/, /`90s`/, 'run x ▸duration=◂'],
    ['run x value=some', /value="some" is not a whole number/, /`value=50%`/, 'run x ▸value=some◂'],
    ['run x mode=on', /no mode "on"/, /`mode=one`/, 'run x ▸mode=on◂'],
    ['run x mode = two', /no mode "two"/, /Modes are/, 'run x ▸mode = two◂'],
    [
      'run x availability=99%',
      /needs a comparison/,
      /`availability>=99%`/,
      'run x ▸availability=99%◂',
    ],
    ['run x p95 > 5', /"p95>5" is not a tolerance/, /`p95<=300ms`/, 'run x ▸p95 > 5◂'],
    ['run x mode=one mode=all', /mode is given twice/, /Keep/, 'run x mode=one ▸mode=all◂'],
    ['run x p95<=1s p95<=2s', /p95 is given twice/, /Keep/, 'run x p95<=1s ▸p95<=2s◂'],
    [
      'run x hypothesis="a b',
      /quote is opened and never closed/,
      /Close it/,
      'run x ▸hypothesis="a b◂',
    ],
    ['run x hypothesis=" "', /hypothesis is empty/, /For example/, 'run x ▸hypothesis=" "◂'],
    ['status soon', /"soon" is not the id/, /`history`/, 'status ▸soon◂'],
  ])('%j is answered with the place, and what to do', (text, message, suggestion, where) => {
    expect(parseCommand(text)).toMatchObject({
      message: expect.stringMatching(message),
      suggestion: expect.stringMatching(suggestion),
      where,
    });
  });

  test('shows the place in a long text with what is near', () => {
    const problem = parseCommand(`run x ${'mode=one '.repeat(60)}`);
    expect(problem).toMatchObject({
      where: expect.stringMatching(/^run x mode=one ▸mode=one◂.*…$/),
    });
  });

  test('no text crashes the reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseCommand(text)).toBeDefined();
        expect(parseCommand(`run ${text}`)).toBeDefined();
        expect(parseCommand(`run x hypothesis=${text}`)).toBeDefined();
      }),
    );
  });
});

test('a rehearsal is asked for before or after', () => {
  const rehearsal = {
    kind: 'run',
    experiment: 'pod-failure',
    parameters: { tolerances: [] },
    rehearsal: true,
  };
  expect(parseCommand('rehearse pod-failure')).toEqual(rehearsal);
  expect(parseCommand('/chaos run pod-failure rehearse')).toEqual(rehearsal);
  expect(parseCommand('rehearse')).toEqual({ kind: 'choose' });
});

describe('a printed command', () => {
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const text = fc
    .oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('"', '\\', ' ', '”', "'", 'a', '=') }),
    )
    .filter((value) => value.trim() !== '' && value.length <= 200);
  const tolerance = fc.oneof(
    fc.integer({ min: 1, max: 10_000 }).map((hundredths) => availability(hundredths / 10_000)),
    fc.constantFrom(0.999, 1).map((bound): Tolerance => ({ ...correct, bound })),
    fc.integer({ min: 1, max: 60_000 }).map((bound): Tolerance => ({ ...p95, bound })),
    fc.integer({ min: 1, max: 1_000 }).map((bound): Tolerance => ({ ...podsReady, bound })),
  );
  const amounts: readonly Partial<RunParameters>[] = [
    {},
    { mode: 'one' },
    { mode: 'all' },
    { mode: 'fixed', value: 2, valueUnit: 'pods' },
    { mode: 'fixed-percent', value: 50, valueUnit: 'percent' },
    { mode: 'random-max-percent', value: 100, valueUnit: 'percent' },
    { value: 3, valueUnit: 'pods' },
    { value: 30, valueUnit: 'percent' },
  ];
  const parameters = fc
    .record({
      durationMs: optional(fc.integer({ min: 1, max: 50_000_000 })),
      baselineMs: optional(fc.integer({ min: 1, max: 50_000_000 })),
      amount: fc.constantFrom(...amounts),
      service: optional(text),
      hypothesis: optional(text),
      breakGlass: optional(text),
      tolerances: fc.uniqueArray(tolerance, { selector: ({ signal }) => signal, maxLength: 3 }),
    })
    .map(
      ({ amount, ...given }) =>
        JSON.parse(JSON.stringify({ ...given, ...amount })) as RunParameters,
    );
  const runId = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(toRunId);
  const command: fc.Arbitrary<Command> = fc.oneof(
    fc
      .record({
        kind: fc.constant('run' as const),
        experiment: fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/),
        parameters,
        dry: optional(fc.constant(true as const)),
        rehearsal: optional(fc.constant(true as const)),
      })
      .map((given) => JSON.parse(JSON.stringify(given)) as Command),
    fc.constantFrom<Command>(
      { kind: 'choose' },
      { kind: 'stop', all: true },
      { kind: 'stop', all: false },
      { kind: 'status' },
      { kind: 'summarize' },
      { kind: 'summarize', span: '7d' },
      { kind: 'experiments' },
      { kind: 'prepare', experiment: 'pod-failure' },
      { kind: 'prepare', experiment: 'a b', service: 'c d' },
      { kind: 'history' },
      { kind: 'health' },
      { kind: 'help' },
      { kind: 'freeze' },
      { kind: 'unfreeze' },
    ),
    text.map((reason): Command => ({ kind: 'freeze', reason: reason.trim() })),
    fc
      .uniqueArray(runId, { minLength: 1, maxLength: 4 })
      .map((runIds): Command => ({ kind: 'stop', all: false, runIds })),
    runId.map((id): Command => ({ kind: 'status', runId: id })),
    runId.map((id): Command => ({ kind: 'audit', runId: id })),
  );

  test('is read back as it was, however it was addressed', () => {
    fc.assert(
      fc.property(command, fc.constantFrom('', '/', 'chaos ', '/chaos '), (given, address) => {
        expect(parseCommand(`${address}${printCommand(given)}`)).toEqual(given);
      }),
      { numRuns: 1_000 },
    );
  });
});
