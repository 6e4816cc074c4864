import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCommand } from '../../src/domain/parse-command.ts';

describe('a command', () => {
  test.each([
    'run pod-failure',
    '/run pod-failure',
    'chaos run pod-failure',
    '/chaos run pod-failure',
    '  /Chaos   RUN\u00a0pod-failure ',
    'run\n pod-failure',
    '/chaos run pod\u2011failure',
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
        tolerances: ['availability>=99.5%', 'p95<=300ms'],
        mode: 'fixed',
        durationMs: 300_000,
        value: 2,
        hypothesis: 'All is well',
        service: 'diabetes',
      },
    });
  });

  test.each([
    ['', { kind: 'help' }],
    ['/chaos', { kind: 'help' }],
    ['stop', { kind: 'stop', all: false }],
    ['stop all', { kind: 'stop', all: true }],
    ['STOP R-7K2MQ4', { kind: 'stop', all: false, runId: 'r-7k2mq4' }],
    ['status 7k2mq4', { kind: 'status', runId: 'r-7k2mq4' }],
    ['summarize today', { kind: 'summarize', span: 'today' }],
    ['summarize 7d', { kind: 'summarize', span: '7d' }],
    ['experiments', { kind: 'experiments' }],
    ['history', { kind: 'history' }],
    ['health', { kind: 'health' }],
  ])('%j is understood', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  test.each([
    ['stpo', /"stpo" is not a command/, /`stop`/],
    ['experiment', /not a command/, /`experiments`/],
    ['make coffee', /"make" is not a command/, /There are: run, stop/],
    ['run', /Which experiment/, /`run pod-failure`/],
    ['run pod-failure 90s', /"90s" is not a parameter/, /`duration=90s`/],
    ['run pod-failure duratoin=90s', /no parameter "duratoin"/, /`duration=`/],
    ['run pod-failure duration=soon', /duration="soon" is not a duration/, /`90s`/],
    ['run pod-failure value=some', /value="some" is not a whole number/, /`50%`/],
    ['stop everything', /everything/, /`history`/],
  ])('%j is answered with what to do', (text, message, suggestion) => {
    expect(parseCommand(text)).toEqual({
      message: expect.stringMatching(message),
      suggestion: expect.stringMatching(suggestion),
    });
  });

  test('no text crashes the reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseCommand(text)).toBeDefined();
        expect(parseCommand(`run ${text}`)).toBeDefined();
      }),
    );
  });
});
