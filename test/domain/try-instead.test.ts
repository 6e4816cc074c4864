import { describe, expect, test } from '@jest/globals';
import { longestCommand, parseCommand } from '../../src/domain/parse-command.ts';

const vocabulary = {
  experiments: ['pod-failure', 'pod-kill', 'network-loss', 'Big-Bang'],
  services: ['diabetes', 'Churn'],
};
const parse = (text: string) => parseCommand(text, vocabulary);

describe('whole commands to try instead', () => {
  test.each([
    ['stauts r-7k2mq4', ['status r-7k2mq4']],
    ['/sumarize 7d', ['summarize 7d']],
    ['pod-failure duration=90s', ['run pod-failure duration=90s']],
    ['run pod-failre duration=90s mode=one', ['run pod-failure duration=90s mode=one']],
    [
      'rehearse pod-kil hypothesis="a  b" p95 <= 1s',
      ['rehearse pod-kill hypothesis="a  b" p95 <= 1s'],
    ],
    ['/chaos run pod-failure duratoin=90s mode=one', ['run pod-failure duration=90s mode=one']],
    ['run pod-failure mode=on duration=5m dry', ['run pod-failure mode=one duration=5m dry']],
    ['run pod-failure target=diabetse', ['run pod-failure target=diabetes']],
    [
      'run duration=5m',
      ['run pod-failure duration=5m', 'run pod-kill duration=5m', 'run network-loss duration=5m'],
    ],
    ['run nothing-like-it latency=200ms', ['experiments']],
    ['make coffee', ['help']],
    ['status soon', ['history']],
  ])('%j: %j', (text, tryInstead) => expect(parse(text)).toMatchObject({ tryInstead }));

  test('are read when they are clicked', () => {
    for (const text of [
      'stauts r-7k2mq4',
      'run pod-failre mode=one',
      'run pod-kill duratoin=90s',
    ]) {
      const problem = parse(text);
      const [command = ''] = 'tryInstead' in problem ? (problem.tryInstead ?? []) : [];
      expect(parse(command)).toHaveProperty('kind');
    }
  });
});

describe('the answer to a wrong run', () => {
  test('is about the experiment first', () => {
    expect(parse('run network-delay latency=200ms')).toEqual({
      message: 'There is no experiment "network-delay".',
      suggestion: 'There are: pod-failure, pod-kill, network-loss, Big-Bang.',
      where: 'run ▸network-delay◂ latency=200ms',
      tryInstead: ['experiments'],
    });
  });

  test('lists ten names and counts the others', () => {
    const experiments = Array.from({ length: 50 }, (_, index) => `name-${index}`);
    expect(parseCommand('run zzz', { experiments, services: [] })).toMatchObject({
      suggestion: expect.stringMatching(/name-9 and 40 more/),
    });
  });

  test.each(['POD-FAILURE', 'Pod-Failure', 'big-bang'])('%s is found in any case', (name) => {
    expect(parse(`run ${name} target=CHURN`)).toMatchObject({ kind: 'run', experiment: name });
  });

  test.each([
    ['mode=fixed value=50%', ['mode=fixed value=5', 'mode=fixed-percent value=50%']],
    ['value=50% mode=fixed', ['mode=fixed value=5', 'mode=fixed-percent value=50%']],
    ['mode=fixed-percent value=50', ['mode=fixed value=50', 'mode=fixed-percent value=50%']],
    [
      'mode=random-max-percent value=50',
      ['mode=fixed value=50', 'mode=random-max-percent value=50%'],
    ],
    ['mode=fixed-percent value=300', ['mode=fixed value=300']],
    ['mode=one value=3', ['mode=one', 'mode=fixed value=3', 'mode=fixed-percent value=3%']],
    ['mode=all value=50%', ['mode=all', 'mode=fixed value=5', 'mode=fixed-percent value=50%']],
    ['mode=fixed', ['mode=fixed value=2']],
    ['mode=fixed-percent', ['mode=fixed-percent value=50%']],
    ['mode=fixed value=0', ['mode=fixed value=1']],
    ['mode=fixed-percent value=0%', ['mode=fixed-percent value=1%']],
    ['mode=fixed-percent value=120%', ['mode=all', 'mode=fixed-percent value=100%']],
    ['mode=fixed value=120%', ['mode=all', 'mode=fixed value=5']],
  ])('%s is refused with the right spellings', (amount, spellings) => {
    const problem = parse(`run pod-failure ${amount} duration=90s`);
    expect(problem).toMatchObject({
      suggestion: `Write ${spellings.map((one) => `\`${one}\``).join(' or ')}.`,
      tryInstead: expect.arrayContaining([expect.stringContaining(spellings[0] ?? '')]),
      where: expect.stringMatching(/▸(mode|value)=/),
    });
    const commands = 'tryInstead' in problem ? (problem.tryInstead ?? []) : [];
    expect(commands).toHaveLength(spellings.length);
    for (const command of commands)
      expect(parse(command)).toMatchObject({ kind: 'run', parameters: { durationMs: 90_000 } });
  });

  test.each([
    'duration=0s',
    'duration=0m',
    'p95<=0ms',
    'p99<=0s',
    'availability>=0%',
    'pods ready>=0',
  ])('%s is refused', (word) => expect(parse(`run pod-failure ${word}`)).toHaveProperty('message'));

  test.each(['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'])(
    '%s is no parameter, command, experiment, mode or service',
    (name) => {
      expect(parse(`run pod-failure ${name}=5`)).toMatchObject({
        message: `There is no parameter "${name}".`,
      });
      for (const text of [
        name,
        `run ${name}`,
        `run pod-failure mode=${name}`,
        `run pod-failure target=${name}`,
        `run pod-failure duration=1${name}`,
        `run pod-failure ${name}>=5`,
      ])
        expect(parse(text)).toHaveProperty('message');
    },
  );
});

describe('a text that is too long', () => {
  test('is refused with its bound, and not repeated', () => {
    const problem = parse('x'.repeat(60_000));
    expect(problem).toMatchObject({ message: expect.stringContaining('2,000 characters') });
    expect(JSON.stringify(problem).length).toBeLessThan(400);
    expect(parse(`run pod-failure ${' '.repeat(longestCommand)}`)).toHaveProperty('message');
  });

  test.each([
    (long: string) => long,
    (long: string) => `run ${long}`,
    (long: string) => `run pod-failure ${long}`,
    (long: string) => `run pod-failure ${long}=5`,
    (long: string) => `run pod-failure mode=${long}`,
    (long: string) => `run pod-failure value=${long}`,
    (long: string) => `run pod-failure duration=${long}`,
    (long: string) => `run pod-failure target=${long}`,
    (long: string) => `run pod-failure hypothesis=${long}`,
    (long: string) => `run pod-failure ${long}>=5`,
    (long: string) => `status ${long}`,
  ])('repeats at most the start of a long word (%#)', (toText) => {
    const { tryInstead: _commands, ...shown } = parse(toText('w'.repeat(1_900))) as object & {
      tryInstead?: unknown;
    };
    expect(shown).toHaveProperty('message');
    expect(JSON.stringify(shown)).not.toMatch(/w{100}/);
  });
});
